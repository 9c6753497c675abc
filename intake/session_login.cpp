// STARTTLS and AUTH in a session.
#include <initializer_list>
#include <utility>

#include "intake/sasl/password_checker.hpp"
#include "intake/session.hpp"
#include "intake/tls/tls_server.hpp"
#include "runtime/tls/tls_digest.hpp"

namespace greyhound::intake {
namespace {

// The login that a client says it wants; none: not one of ours.
std::optional<mail::LoginMechanism> mechanism_named(std::string_view name) {
  using Mechanism = mail::LoginMechanism;
  for (const auto one : {Mechanism::scram_sha_256, Mechanism::plain, Mechanism::login}) {
    if (name == to_string(one)) return one;
  }
  return std::nullopt;
}

}  // namespace

bool Session::offers_tls() const {
  return tls_ == ListenerTls::starttls && parts_.tls != nullptr && client_.cipher.empty();
}

// Over TLS only: two of the three mechanisms show the password to whoever listens.
bool Session::offers_login() const {
  return parts_.passwords != nullptr && !client_.cipher.empty() && client_.user.empty();
}

// What came with the command in one group was said in the clear, by whomever: it must not be taken
// for what follows the handshake.
Awaitable<Session::Next> Session::start_tls() {
  if (!offers_tls()) co_return refuse(Answer(502, "5.5.1", "command not implemented"));
  if (!lines_.is_empty()) {
    co_return give_up_on(Answer(554, "5.5.0", "commands sent before the handshake"));
  }
  say(Answer(220, "2.0.0", "ready to start TLS"));
  if (const auto sent = co_await flush(); !sent) co_return Next::close;
  co_return co_await encrypt();
}

// Nothing holds behind it that was said before it (RFC 3207 section 4.2).
Awaitable<Session::Next> Session::encrypt() {
  stream_->expire_after(parts_.settings.block_timeout);
  auto accepted = co_await parts_.tls->accept(std::move(stream_));
  if (!accepted) {
    parts_.log.info(
        "tls_failed",
        {{"client", client_.to_string()}, {"status", "4.7.0"}, {"why", accepted.error().what}});
    co_return Next::close;
  }
  stream_ = std::move(accepted->stream);
  client_.cipher = std::move(accepted->cipher);
  transaction_.forget_hello();
  co_return Next::go_on;
}

std::optional<Answer> Session::no_login_now() const {
  if (parts_.passwords == nullptr) return Answer(502, "5.5.1", "command not implemented");
  if (!client_.user.empty()) return Answer(503, "5.5.1", "logged in already");
  if (client_.cipher.empty()) return Answer(538, "5.7.11", "say STARTTLS first");
  if (!transaction_.has_hello()) return Answer(503, "5.5.1", "say EHLO first");
  if (transaction_.is_open()) return Answer(503, "5.5.1", "a transaction is open");
  return std::nullopt;
}

Awaitable<Session::Next> Session::log_in(Auth command) {
  if (const auto refusal = no_login_now()) co_return refuse(*refusal);
  if (!lines_.is_empty()) {
    co_return give_up_on(Answer(554, "5.5.0", "commands sent before the login was done"));
  }
  const auto mechanism = mechanism_named(command.mechanism);
  if (!mechanism) co_return refuse(Answer(504, "5.5.4", "unknown mechanism"));
  const auto exchange = make_sasl_server(*mechanism, *parts_.passwords, random_nonce());
  SaslStep step = SaslChallenge{exchange->first_challenge()};
  if (command.initial_response) step = exchange->respond(*command.initial_response);
  while (const auto* challenge = std::get_if<SaslChallenge>(&step)) {
    unsent_ += "334 " + encode_base64(challenge->text) + "\r\n";
    auto line = co_await next_line();
    if (!line || is_draining_) co_return say_why_no_line(line);
    const auto response = decode_base64(line->text);
    const bool is_readable = line->flaw == CommandLine::Flaw::none && response;
    if (!is_readable) co_return refuse_login(Answer(501, "5.5.2", "cancelled, or no Base64"));
    step = exchange->respond(*response);
  }
  co_return co_await end_login(std::move(step));
}

Awaitable<Session::Next> Session::end_login(SaslStep step) {
  std::string user;
  if (const auto* refusal = std::get_if<SaslRefusal>(&step)) {
    const bool is_malformed = refusal->kind == SaslRefusal::Kind::malformed;
    co_return refuse_login(is_malformed ? Answer(501, "5.5.2", "not what the mechanism has")
                                        : Answer(535, "5.7.8", "login or password is wrong"));
  }
  if (auto* check = std::get_if<PasswordCheck>(&step)) {
    user = check->user;
    const auto is_right = co_await parts_.password_checker->check(std::move(*check));
    if (!is_right) co_return say(Answer(454, "4.7.0", "cannot check it now, try again later"));
    if (!*is_right) co_return refuse_login(Answer(535, "5.7.8", "login or password is wrong"));
  } else {
    user = std::get<LoggedIn>(step).user;
  }
  client_.user = std::move(user);
  parts_.log.info("logged_in", {{"client", client_.to_string()}, {"status", "2.7.0"}});
  co_return say(Answer(235, "2.7.0", "logged in"));
}

// Who guesses gets few guesses for a connection; the name that was tried stays out of the log, for
// it may be a password in the wrong place.
Session::Next Session::refuse_login(const Answer& answer) {
  parts_.log.warning(
      "login_refused",
      {{"client", client_.to_string()}, {"status", answer.status()}, {"why", answer.text()}});
  if (++failed_logins_ < parts_.settings.max_failed_logins) return refuse(answer);
  say(answer);
  return give_up_on(Answer(421, "4.7.0", "too many failed logins"));
}

}  // namespace greyhound::intake
