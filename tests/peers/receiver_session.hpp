// ReceiverSession: one SMTP dialogue of the greylisting receiver.
// Source:  RFC 5321 section 4; PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152),
//          SMTPUTF8 (RFC 6531), ENHANCEDSTATUSCODES (RFC 2034).
// Owner:   a task of GreylistingReceiver. Runs on: its loop.
// Limits:  those of ReceiverOptions; each read is bounded in time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "peers/greylister.hpp"
#include "peers/receiver_journal.hpp"
#include "peers/receiver_options.hpp"
#include "runtime/clock.hpp"
#include "runtime/stream.hpp"

namespace greyhound::peers {

class ReceiverSession {
 public:
  struct Parts {  // references that outlive the session
    const ReceiverOptions& options;
    Greylister& greylister;
    ReceiverJournal& journal;
    Clock& clock;
  };

  ReceiverSession(Parts parts, SessionInfo info, std::unique_ptr<Stream> stream);
  ReceiverSession(const ReceiverSession&) = delete;
  ReceiverSession& operator=(const ReceiverSession&) = delete;
  ~ReceiverSession();

  Awaitable<> run();
  Awaitable<> turn_away();  // 421: too many sessions

 private:
  struct Transaction {
    bool is_open = false;  // between MAIL and its end
    mail::ReversePath sender = {};
    bool is_smtp_utf8 = false;
    std::vector<mail::Address> recipients = {};  // those that RCPT took

    std::string sender_text() const { return sender ? sender->text() : ""; }
  };
  struct Ruling {
    bool is_accepted;
    std::string verdict;
    std::string reply;  // with CR LF
  };

  Awaitable<Result<std::string>> read_line();
  Awaitable<Result<>> read_more();
  Awaitable<bool> say(std::string reply);
  Awaitable<bool> obey(std::string line);
  Awaitable<bool> take_message();
  Awaitable<Result<MessageRecord>> read_message();

  std::string answer(std::string_view verb, std::string_view argument);
  std::string answer_hello(std::string_view name, std::string_view verb);
  std::string answer_mail(std::string_view argument);
  std::string answer_rcpt(std::string_view argument);
  std::string wrong(std::string reply);  // counts an error

  const ReceiverRule& rule_for(const mail::Address& recipient) const;
  RefusalStage stage_of(const ReceiverRule& rule) const;
  Ruling decide(const ReceiverRule& rule, const mail::Address& recipient) const;
  Ruling decide_by_greylist(const ReceiverRule& rule, const mail::Address& recipient) const;
  void note(const mail::Address& recipient, RefusalStage stage, const Ruling& ruling);
  // The refusal of the first recipient whose rule speaks at this stage and says no.
  std::optional<std::string> refusal_at(RefusalStage stage);

  Parts parts_;
  SessionInfo info_;
  std::unique_ptr<Stream> stream_;
  std::string buffer_;
  std::string helo_;
  Transaction transaction_;
  std::size_t errors_ = 0;
  bool is_over_ = false;
  std::string_view how_it_ended_ = "cut";
};

}  // namespace greyhound::peers
