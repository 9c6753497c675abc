// Transaction: MAIL, RCPT and the message by DATA or BDAT over an open dialogue; one outcome per
// recipient.
// Source: RFC 5321 sections 3.3, 4.5.3.1.10, 4.5.4.1; RFC 2920 (MAIL and RCPT in one flight, the
// message behind their replies, so that a refused recipient costs no body); RFC 3030 (BDAT);
// RFC 1047 (the cut after the final dot).
// Owner: the session; lives for one call. Runs on: the loop of its dialogue.
#pragma once

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
};

class Transaction {
 public:
  struct Parts {
    Dialogue& dialogue;
    const Extensions& offered;
    const Timeouts& timeouts;
    const std::string& host;
    mail::AttemptRequest& request;
  };

  // `members`: indices into the recipients of the request.
  Transaction(Parts parts, std::vector<std::size_t> members);

  Awaitable<TransactionReport> run();

 private:
  std::optional<mail::Outcome> obstacle() const;
  Awaitable<bool> send_envelope();
  Awaitable<bool> send_flight(std::size_t first, std::size_t end);
  std::size_t flight_end(std::size_t first) const;
  Step step_of(std::size_t command) const;
  void take_mail_reply(mail::Reply reply);
  void take_rcpt_reply(std::size_t member, mail::Reply reply);

  Awaitable<bool> ask_for_data();
  Awaitable<bool> send_body();
  Awaitable<bool> send_chunk(std::string bytes);
  Awaitable<bool> send_block(std::string bytes);
  Awaitable<bool> mark_in_doubt();
  Awaitable<> end_body();

  void lose(const Step& step, const Error& error);
  void blame_ourselves(const Error& error);
  void settle_open(const mail::Outcome& outcome);
  TransactionReport report();

  Parts parts_;
  std::vector<std::size_t> members_;
  std::vector<std::string> commands_;                   // MAIL, then one RCPT per member
  std::vector<std::optional<mail::Outcome>> outcomes_;  // by member
  std::vector<std::size_t> accepted_;                   // members that RCPT took, not yet settled
  std::optional<mail::Outcome> farewell_;               // 421, or what MAIL came to
  bool was_mail_refused_ = false;
  std::string ending_;  // of the message: the final dot, or the end of the last BDAT
  TransactionReport report_;
};

}  // namespace greyhound::smtp
