// Transaction: MAIL, RCPT and the message by DATA or BDAT over an open dialogue; one outcome per
// recipient.
// Source: RFC 5321 sections 3.3, 4.5.3.1.10, 4.5.4.1; RFC 2920 (commands in flights; the message
// behind their replies, so that a refused recipient costs no body); RFC 3030 (BDAT); RFC 1047 (the
// cut after the final dot).
// Owner: the session; lives for one call. Runs on: the loop of its dialogue.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/attempt.hpp"
#include "smtp_client/dialogue.hpp"
#include "smtp_client/extensions.hpp"
#include "smtp_client/next_host.hpp"
#include "smtp_client/reply_meaning.hpp"

namespace greyhound::smtp {

struct TransactionReport {
  std::vector<mail::Outcome> outcomes;  // one per recipient that took part, in their order
  Progress progress = Progress::before_rcpt_reply;
  std::optional<std::string> our_fault = {};
  // The connection was gone before it began, or it was answered by 421 and nothing better: the
  // message cannot have been taken.
  bool is_stale = false;
  bool needs_reset = false;  // before the next one on this session
  // Replies to RCPT that came before one of 421; none: there was none, or it came first.
  std::optional<std::size_t> answered_before_421 = {};
};

class Transaction {
 public:
  struct Parts {
    Dialogue& dialogue;
    const Extensions& offered;
    const Timeouts& timeouts;
    const std::string& host;
    mail::AttemptRequest& request;
    bool begins_with_reset = false;
    // Where all of it fits one flight, the message goes along with the envelope. It is wasted where
    // no recipient is taken.
    bool may_go_at_once = false;
  };

  // `members`: indices into the recipients of the request.
  Transaction(Parts parts, std::vector<std::size_t> members);

  Awaitable<TransactionReport> run();

 private:
  enum class Verb : std::uint8_t { rset, mail, rcpt, data };
  struct Command {
    Verb verb;
    std::string line;
    std::size_t member = 0;  // of RCPT
  };

  Awaitable<bool> fit_to_server();
  Awaitable<> convert_body();
  void write_commands();
  bool goes_at_once() const;
  bool has_chunks() const;
  Awaitable<bool> send_envelope();
  Awaitable<bool> hear_replies(std::size_t first, std::size_t end);
  std::size_t flight_end(std::size_t first) const;
  std::string lines(std::size_t first, std::size_t end) const;
  Step step_of(Verb verb) const;
  void take(const Command& command, mail::Reply reply);
  void take_mail_reply(mail::Reply reply);
  void take_rcpt_reply(std::size_t member, mail::Reply reply);
  void take_data_reply(mail::Reply reply);

  Awaitable<> send_all_at_once();
  Awaitable<bool> ask_for_data();
  Awaitable<> end_empty_body();
  Awaitable<bool> send_body();
  Awaitable<bool> encode_body();
  Awaitable<bool> send_chunk(std::string bytes);
  Awaitable<bool> send_block(std::string bytes);
  Awaitable<bool> mark_in_doubt(std::vector<std::size_t> members);
  Awaitable<> end_body();

  void take_last_reply(mail::Reply reply);
  void note(const mail::Reply& reply);
  void lose(const Step& step, const Error& error);
  void stall(mail::Stage stage, const Error& error);
  void blame_ourselves(const Error& error);
  void settle_unaccepted(const mail::Outcome& outcome);
  void settle_open(const mail::Outcome& outcome);
  std::vector<std::size_t> open_members() const;  // that nothing is decided for
  std::vector<std::size_t> recipients(std::vector<std::size_t> members) const;
  TransactionReport report();

  Parts parts_;
  std::vector<std::size_t> members_;
  std::unique_ptr<mail::BodySource> converted_;         // where the server takes no 8-bit content
  mail::BodySource* body_;                              // what is sent: that, or the request's
  std::vector<Command> commands_;                       // RSET, MAIL, RCPT for each member, DATA
  std::vector<std::optional<mail::Outcome>> outcomes_;  // by member
  std::vector<std::size_t> accepted_;                   // members that RCPT took
  std::string ending_;  // what is left to be sent when only the mark is missing
  // Why commands stopped being answered: a refused MAIL, or a 421 in the middle of RCPT.
  std::optional<mail::Outcome> farewell_;
  bool was_mail_refused_ = false;
  bool lacks_reset_ = false;  // which the server refused
  bool is_at_once_ = false;
  bool was_heard_ = false;  // a reply came
  std::size_t rcpt_replies_ = 0;
  bool is_data_open_ = false;  // 354 was said
  TransactionReport report_;
};

}  // namespace greyhound::smtp
