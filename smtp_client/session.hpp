// Session: greeting, EHLO and QUIT around the transactions of one connection.
// Source: RFC 5321 sections 3.1, 3.2, 4.1.1.1, 4.3.1 (nothing is sent before the whole greeting).
// Owner: one attempt. Runs on: the loop its stream was opened on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/attempt.hpp"
#include "runtime/clock.hpp"
#include "runtime/stream.hpp"
#include "smtp_client/dialogue.hpp"
#include "smtp_client/extensions.hpp"
#include "smtp_client/smtp_settings.hpp"
#include "smtp_client/transaction.hpp"

namespace greyhound::smtp {

class Session {
 public:
  // `host`: its name in reasons. `settings` outlive the session.
  Session(std::unique_ptr<Stream> stream,
          std::string host,
          const SmtpSettings& settings,
          Clock& clock);

  // Greeting and EHLO, or HELO where EHLO is not understood. None: ready for a transaction.
  Awaitable<std::optional<mail::Outcome>> open();

  // `request` outlives the call; `members` are indices into its recipients.
  Awaitable<TransactionReport> transact(mail::AttemptRequest* request,
                                        std::vector<std::size_t> members);

  // Ends politely, waiting for the answer no longer than politeness asks. Nothing depends on it.
  Awaitable<> quit();

  const Extensions& offered() const { return offered_; }

 private:
  Awaitable<std::optional<mail::Outcome>> introduce();
  Awaitable<std::optional<mail::Outcome>> introduce_simply();
  std::string own_name() const;

  std::string host_;
  const SmtpSettings& settings_;
  Dialogue dialogue_;
  Extensions offered_;
};

}  // namespace greyhound::smtp
