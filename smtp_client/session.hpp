// Session: greeting, EHLO, STARTTLS and QUIT around the transactions of one connection, which may
// wait for the next one.
// Source: RFC 5321 sections 3.1, 3.2, 4.1.1.1, 4.3.1 (nothing is sent before the whole greeting);
// RFC 3207.
// Owner: one attempt at a time, or the pool. Runs on: the loop its stream was opened on.
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

// What makes one session as good as another for a message.
struct SessionKind {
  TlsPeer peer;
  Endpoint remote;
  std::optional<IpAddress> source;  // none: any
};

class Session {
 public:
  struct Parts {  // references that outlive the session
    const SmtpSettings& settings;
    TlsClient& tls;
  };

  // `peer`: its name, in reasons and for the certificate, and what TLS must prove.
  Session(Parts parts, std::unique_ptr<Stream> stream, TlsPeer peer, SteadyInstant now);

  // Greeting and EHLO, or HELO where EHLO is not understood; TLS as the level has it, and EHLO
  // again. None: ready for a transaction.
  Awaitable<std::optional<mail::Outcome>> open();

  // Why open() failed: TLS, which began and came to nothing.
  bool has_tls_failed() const { return has_tls_failed_; }
  bool was_resuming() const { return was_resuming_; }  // what failed was no whole handshake
  mail::TlsLevel level() const { return peer_.level; }
  const std::string& terms() const { return terms_; }  // of TLS; empty: in the clear

  // `request` outlives the call; `members` are indices into its recipients.
  Awaitable<TransactionReport> transact(mail::AttemptRequest* request,
                                        std::vector<std::size_t> members);

  // Ends politely, waiting for the answer no longer than politeness asks. Nothing depends on it.
  Awaitable<> quit();

  const Extensions& offered() const { return offered_; }

  bool is_of(const SessionKind& kind) const;
  bool has_transacted() const { return messages_ > 0; }
  // Another message may follow now; nothing has come from the server meanwhile.
  bool is_good_for_more(SteadyInstant now);
  bool is_quiet() { return dialogue_.is_quiet(); }
  const std::string& host() const { return peer_.name; }
  std::optional<Endpoint> remote() const { return remote_; }
  std::optional<IpAddress> source() const;

 private:
  Awaitable<std::optional<mail::Outcome>> introduce();
  Awaitable<std::optional<mail::Outcome>> introduce_simply();
  Awaitable<std::optional<mail::Outcome>> start_tls();
  Awaitable<std::optional<mail::Outcome>> shake_hands();
  std::string own_name() const;

  Parts parts_;
  const TlsPeer peer_;
  const std::optional<Endpoint> remote_;
  const std::optional<Endpoint> local_;
  Dialogue dialogue_;
  Extensions offered_;
  std::string terms_;
  bool has_tls_failed_ = false;
  bool was_resuming_ = false;
  const SteadyInstant opened_;
  std::size_t messages_ = 0;
  bool needs_reset_ = false;
  // Of the mail so far some was taken and none put off: the next will hardly be greylisted.
  bool is_welcome_ = false;
};

}  // namespace greyhound::smtp
