#include "smtp_client/session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "smtp_client/authentication.hpp"
#include "smtp_client/reply_meaning.hpp"

namespace greyhound::smtp {

using mail::Outcome;
using mail::Reply;
using mail::Stage;
using mail::TlsLevel;

namespace {

constexpr std::chrono::seconds quit_limit{2};

// "Not understood"; the other 5yz mean that this host takes no mail from us, by HELO neither.
bool is_ehlo_unknown(const Reply& reply) {
  constexpr std::array final_codes{521, 530, 554, 556};
  return reply.is_permanent() &&
         std::find(final_codes.begin(), final_codes.end(), reply.code) == final_codes.end();
}

bool is_welcome_after(const TransactionReport& came_to, bool was_welcome) {
  bool some_taken = was_welcome;
  for (const auto& outcome : came_to.outcomes) {
    const bool was_taken = outcome.stage == Stage::data || outcome.stage == Stage::eom;
    if (was_taken) some_taken = true;
    if (!was_taken && outcome.verdict == mail::Verdict::deferred) return false;
  }
  return some_taken;
}

}  // namespace

Session::Session(Parts parts,
                 std::unique_ptr<Stream> stream,
                 TlsPeer peer,
                 SteadyInstant now,
                 std::shared_ptr<const mail::Credentials> credentials)
    : parts_(parts),
      peer_(std::move(peer)),
      credentials_(std::move(credentials)),
      remote_(stream->remote()),
      local_(stream->local()),
      dialogue_(std::move(stream), parts.settings),
      opened_(now) {}

Awaitable<std::optional<Outcome>> Session::open() {
  auto setback = co_await open_without_login();
  if (setback || !credentials_) co_return setback;
  co_return co_await log_in();
}

Awaitable<std::optional<Outcome>> Session::open_without_login() {
  if (level() == TlsLevel::implicit) {
    auto setback = co_await shake_hands();
    if (setback) co_return setback;
  }
  const Step step{Stage::greeting, "greeting", parts_.settings.timeouts.greeting};
  auto greeting = co_await dialogue_.hear(step.limit);
  if (!greeting) co_return outcome_without_reply(host(), step, greeting.error());
  if (!goes_on(step.stage, *greeting)) co_return outcome_of(step.stage, std::move(*greeting));
  auto setback = co_await introduce();
  const bool is_done = setback || level() == TlsLevel::none || !terms_.empty();
  if (is_done) co_return setback;
  co_return co_await start_tls();
}

Awaitable<std::optional<Outcome>> Session::start_tls() {
  const bool is_needed = mail::is_obligatory(level());
  if (!offered_.has_starttls) {
    if (!is_needed) co_return std::nullopt;
    const auto* why = level() == TlsLevel::dane ? ", which its TLSA records demand" : "";
    co_return deferred(Stage::tls, transient(7, 10), host() + ": does not offer STARTTLS" + why);
  }
  const Step step{Stage::tls, "reply to STARTTLS", parts_.settings.timeouts.ehlo};
  auto reply = co_await dialogue_.ask("STARTTLS\r\n", step.limit);
  if (!reply) {
    has_tls_failed_ = true;
    co_return outcome_without_reply(host(), step, reply.error());
  }
  if (!goes_on(step.stage, *reply)) {
    if (!is_needed && dialogue_.is_open()) co_return std::nullopt;
    co_return outcome_of(step.stage, std::move(*reply));
  }
  auto setback = co_await shake_hands();
  if (setback) co_return setback;
  offered_ = {};  // whoever said so in the clear (RFC 3207 section 4.2)
  co_return co_await introduce();
}

// The settings give credentials only to verified levels; what comes of a mistake in that is this.
Awaitable<std::optional<Outcome>> Session::log_in() {
  const bool is_safe = mail::is_verified(level()) && !terms_.empty();
  if (!is_safe) {
    co_return deferred(
        Stage::auth, transient(7, 10), host() + ": not verified, so it gets no credentials");
  }
  const Authentication::Parts parts{.dialogue = dialogue_,
                                    .offered = offered_.logins,
                                    .credentials = *credentials_,
                                    .host = host(),
                                    .limit = parts_.settings.timeouts.ehlo};
  Authentication authentication(parts);
  co_return co_await authentication.run();
}

// Whoever answers calls answers this: it may take as long as a connection.
Awaitable<std::optional<Outcome>> Session::shake_hands() {
  const Step step{Stage::tls, "end of the TLS handshake", parts_.settings.timeouts.connect};
  was_resuming_ = parts_.tls.may_resume(peer_, dialogue_.stream());
  auto terms = co_await dialogue_.encrypt(&parts_.tls, peer_, step.limit);
  if (!terms) {
    has_tls_failed_ = true;
    if (terms.error().fault != Fault::protocol) {
      co_return outcome_without_reply(host(), step, terms.error());
    }
    co_return deferred(Stage::tls, transient(7, 5), host() + ": TLS: " + terms.error().what);
  }
  terms_ = std::move(*terms);
  co_return std::nullopt;
}

Awaitable<std::optional<Outcome>> Session::introduce() {
  const Step step{Stage::ehlo, "reply to EHLO", parts_.settings.timeouts.ehlo};
  auto reply = co_await dialogue_.ask("EHLO " + own_name() + "\r\n", step.limit);
  if (!reply) co_return outcome_without_reply(host(), step, reply.error());
  if (is_ehlo_unknown(*reply)) co_return co_await introduce_simply();
  if (!goes_on(step.stage, *reply)) co_return outcome_of(step.stage, std::move(*reply));
  offered_ = parse_extensions(*reply);
  // A stranger's promise to keep mail from strangers is none (RFC 8689 section 2).
  const bool is_known = mail::is_authenticated(level()) && !terms_.empty();
  if (!is_known) offered_.has_require_tls = false;
  if (offered_.has_enhanced_status_codes) dialogue_.believe_status_codes();
  co_return std::nullopt;
}

Awaitable<std::optional<Outcome>> Session::introduce_simply() {
  const Step step{Stage::ehlo, "reply to HELO", parts_.settings.timeouts.ehlo};
  auto reply = co_await dialogue_.ask("HELO " + own_name() + "\r\n", step.limit);
  if (!reply) co_return outcome_without_reply(host(), step, reply.error());
  if (!goes_on(step.stage, *reply)) co_return outcome_of(step.stage, std::move(*reply));
  co_return std::nullopt;
}

Awaitable<TransactionReport> Session::transact(mail::AttemptRequest* request,
                                               std::vector<std::size_t> members) {
  const Transaction::Parts parts{
      .dialogue = dialogue_,
      .offered = offered_,
      .timeouts = parts_.settings.timeouts,
      .host = host(),
      .request = *request,
      .begins_with_reset = needs_reset_,
      // A message behind a RSET that is refused could go to the
      // recipients of the one before.
      .may_go_at_once = is_welcome_ && !needs_reset_ && parts_.settings.at_once};
  Transaction transaction(parts, std::move(members));
  auto came_to = co_await transaction.run();
  ++messages_;
  needs_reset_ = came_to.needs_reset;
  is_welcome_ = is_welcome_after(came_to, is_welcome_);
  co_return came_to;
}

bool Session::is_of(const SessionKind& kind) const {
  return peer_ == kind.peer && credentials_ == kind.credentials && messages_ < kind.messages &&
         remote() == kind.remote && (!kind.source || source() == kind.source);
}

bool Session::is_good_for_more(SteadyInstant now) const {
  const auto offered = offered_.messages_per_session.value_or(messages_allowed_);
  const bool has_reached_end = messages_ >= std::min(messages_allowed_, offered);
  return !has_reached_end && now < opened_ + parts_.settings.sessions.age && dialogue_.is_open();
}

std::size_t Session::most_recipients() const {
  constexpr std::size_t most = 100;  // RFC 5321 section 4.5.3.1.8
  return std::min<std::size_t>(most, offered_.recipients_per_message.value_or(most));
}

std::optional<IpAddress> Session::source() const {
  return local_ ? std::optional(local_->address) : std::nullopt;
}

Awaitable<> Session::quit() {
  if (dialogue_.is_open()) {
    const auto ignored = co_await dialogue_.ask("QUIT\r\n", quit_limit);
    static_cast<void>(ignored);
  }
  dialogue_.close();
}

// A name that others can look up, else the address that they see (RFC 5321 section 4.1.4).
std::string Session::own_name() const {
  const bool is_qualified = parts_.settings.hostname.find('.') != std::string::npos;
  if (is_qualified || !local_) return parts_.settings.hostname;
  const auto text = local_->address.to_string();
  return local_->address.is_v4() ? "[" + text + "]" : "[IPv6:" + text + "]";
}

}  // namespace greyhound::smtp
