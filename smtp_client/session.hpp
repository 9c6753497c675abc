// Session: greeting, EHLO, STARTTLS, AUTH and QUIT around the transactions of one connection, which
// may wait for the next one.
// Source: RFC 5321 sections 3.1, 3.2, 4.1.1.1, 4.3.1 (nothing is sent before the whole greeting);
// RFC 3207; RFC 4954; RFC 9422 (how much the server takes at a time); RFC 8689 section 2.
// Owner: one attempt at a time, or the pool. Runs on: the loop its stream was opened on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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
  // One who is logged in carries only the mail of that route.
  std::shared_ptr<const mail::Credentials> credentials = {};
  std::size_t messages = SIZE_MAX;  // of which it has carried fewer
};

class Session {
 public:
  struct Parts {  // references that outlive the session
    const SmtpSettings& settings;
    TlsClient& tls;
  };

  // `peer`: its name, in reasons and for the certificate, and what TLS must prove. `credentials`:
  // none means no login.
  Session(Parts parts,
          std::unique_ptr<Stream> stream,
          TlsPeer peer,
          SteadyInstant now,
          std::shared_ptr<const mail::Credentials> credentials = {});

  // Greeting and EHLO, or HELO where EHLO is not understood; TLS as the level has it, and EHLO
  // again; the login. None: ready for a transaction.
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
  bool reports_on() const { return offered_.has_dsn; }  // on deliveries, where it is asked to

  void show_to(std::unique_ptr<DialogueTrace> trace) { dialogue_.show_to(std::move(trace)); }

  bool is_of(const SessionKind& kind) const;
  bool has_transacted() const { return messages_ > 0; }
  bool is_open() const { return dialogue_.is_open(); }
  // Another message may follow now.
  bool is_good_for_more(SteadyInstant now) const;
  // From now on no more than so many in all; less is never taken back.
  void allow_messages(std::size_t count) { messages_allowed_ = std::min(messages_allowed_, count); }
  std::size_t most_recipients() const;  // of one transaction
  bool is_quiet() { return dialogue_.is_quiet(); }
  const std::string& host() const { return peer_.name; }
  std::optional<Endpoint> remote() const { return remote_; }
  std::optional<IpAddress> source() const;

 private:
  Awaitable<std::optional<mail::Outcome>> open_without_login();
  Awaitable<std::optional<mail::Outcome>> log_in();
  Awaitable<std::optional<mail::Outcome>> introduce();
  Awaitable<std::optional<mail::Outcome>> introduce_simply();
  Awaitable<std::optional<mail::Outcome>> start_tls();
  Awaitable<std::optional<mail::Outcome>> shake_hands();
  std::string own_name() const;

  Parts parts_;
  const TlsPeer peer_;
  const std::shared_ptr<const mail::Credentials> credentials_;
  const std::optional<Endpoint> remote_;
  const std::optional<Endpoint> local_;
  Dialogue dialogue_;
  Extensions offered_;
  std::string terms_;
  bool has_tls_failed_ = false;
  bool was_resuming_ = false;
  const SteadyInstant opened_;
  std::size_t messages_ = 0;
  std::size_t messages_allowed_ = SIZE_MAX;
  bool needs_reset_ = false;
  // Of the mail so far some was taken and none put off: the next will hardly be greylisted.
  bool is_welcome_ = false;
};

}  // namespace greyhound::smtp
