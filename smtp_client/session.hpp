// Session: greeting, EHLO, STARTTLS and QUIT around the transactions of one connection.
// Source: RFC 5321 sections 3.1, 3.2, 4.1.1.1, 4.3.1 (nothing is sent before the whole greeting);
// RFC 3207.
// Owner: one attempt. Runs on: the loop its stream was opened on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/attempt.hpp"
#include "runtime/stream.hpp"
#include "smtp_client/dialogue.hpp"
#include "smtp_client/extensions.hpp"
#include "smtp_client/smtp_settings.hpp"
#include "smtp_client/transaction.hpp"

namespace greyhound::smtp {

class Session {
 public:
  struct Parts {  // references that outlive the session
    const SmtpSettings& settings;
    TlsClient& tls;
  };

  // `host`: its name, in reasons and for the certificate.
  Session(Parts parts, std::unique_ptr<Stream> stream, std::string host, mail::TlsLevel level);

  // Greeting and EHLO, or HELO where EHLO is not understood; TLS as the level has it, and EHLO
  // again. None: ready for a transaction.
  Awaitable<std::optional<mail::Outcome>> open();

  // Why open() failed: TLS, which began and came to nothing.
  bool has_tls_failed() const { return has_tls_failed_; }
  bool was_resuming() const { return was_resuming_; }  // what failed was no whole handshake
  mail::TlsLevel level() const { return level_; }
  const std::string& terms() const { return terms_; }  // of TLS; empty: in the clear

  // `request` outlives the call; `members` are indices into its recipients.
  Awaitable<TransactionReport> transact(mail::AttemptRequest* request,
                                        std::vector<std::size_t> members);

  // Ends politely, waiting for the answer no longer than politeness asks. Nothing depends on it.
  Awaitable<> quit();

  const Extensions& offered() const { return offered_; }

 private:
  Awaitable<std::optional<mail::Outcome>> introduce();
  Awaitable<std::optional<mail::Outcome>> introduce_simply();
  Awaitable<std::optional<mail::Outcome>> start_tls();
  Awaitable<std::optional<mail::Outcome>> shake_hands();
  std::string own_name() const;

  Parts parts_;
  std::string host_;
  const mail::TlsLevel level_;
  Dialogue dialogue_;
  Extensions offered_;
  std::string terms_;
  bool has_tls_failed_ = false;
  bool was_resuming_ = false;
};

}  // namespace greyhound::smtp
