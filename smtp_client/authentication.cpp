#include "smtp_client/authentication.hpp"

#include <algorithm>
#include <utility>

#include "runtime/tls/tls_digest.hpp"
#include "smtp_client/reply_meaning.hpp"

namespace greyhound::smtp {

using mail::LoginMechanism;
using mail::Outcome;
using mail::Reply;
using mail::Stage;

namespace {

constexpr std::size_t max_command_bytes = 512;  // RFC 5321 section 4.5.3.1.4, with its CR LF

}  // namespace

Awaitable<std::optional<Outcome>> Authentication::run() {
  const auto mechanism = strongest_mechanism(parts_.offered, parts_.credentials.mechanisms);
  if (!mechanism) co_return not_offered();
  exchange_ = make_sasl_exchange(*mechanism, parts_.credentials, random_nonce());
  auto reply = co_await say(opening(*mechanism));
  while (reply && reply->first_digit() == 3) {
    auto line = answer(*reply);
    if (!line) {
      static_cast<void>(co_await say("*"));  // cancels; what is said to that changes nothing
      co_return broken_off(line.error().what);
    }
    reply = co_await say(std::move(*line));
  }
  if (!reply) {
    const Step step{Stage::auth, "end of the login", parts_.limit};
    co_return outcome_without_reply(parts_.host, step, reply.error());
  }
  if (!reply->is_positive()) co_return refused_by(*reply);
  if (!exchange_->is_complete()) co_return broken_off("takes us in before the login is complete");
  co_return std::nullopt;
}

std::string Authentication::opening(LoginMechanism mechanism) {
  auto command = "AUTH " + std::string(to_string(mechanism));
  const auto response = exchange_->initial_response();
  if (!response) return command;
  auto encoded = encode_base64(*response);
  if (command.size() + 1 + encoded.size() + 2 > max_command_bytes) {
    withheld_ = std::move(encoded);
    return command;
  }
  secrets_.push_back(encoded);
  return command + " " + encoded;
}

Result<std::string> Authentication::answer(const Reply& reply) {
  auto encoded = std::exchange(withheld_, std::nullopt);
  if (!encoded) {
    auto challenge = reply.lines.size() == 1 ? decode_base64(reply.lines.front()) : std::nullopt;
    if (!challenge) return Error{Fault::protocol, "its challenge is not Base64"};
    const auto response = exchange_->respond(std::move(*challenge));
    if (!response) return response.error();
    encoded = encode_base64(*response);
  }
  if (!encoded->empty()) secrets_.push_back(*encoded);
  return std::move(*encoded);
}

Awaitable<Result<Reply>> Authentication::say(std::string line) {
  co_return co_await parts_.dialogue.ask(std::move(line) + "\r\n", parts_.limit);
}

Outcome Authentication::not_offered() const {
  return deferred(Stage::auth,
                  transient(7, 4),
                  parts_.host + (parts_.offered.empty()
                                     ? ": offers no login that we know"
                                     : ": offers no login that its route's \"mechanisms\" allow"));
}

Outcome Authentication::refused_by(const Reply& reply) const {
  const auto status =
      reply.is_permanent() ? credentials_refused : reply.status.value_or(transient(7, 0));
  const auto what =
      reply.is_transient() ? ": cannot log us in now: " : ": does not accept our credentials: ";
  auto said = reply.to_string();
  if (is_telltale(said)) said = std::to_string(reply.code) + " (what it repeats is left out)";
  return deferred(Stage::auth,
                  status.with_class(mail::EnhancedStatus::Class::transient),
                  parts_.host + what + std::move(said));
}

Outcome Authentication::broken_off(const std::string& why) const {
  return deferred(Stage::auth, transient(7, 5), parts_.host + ": login: " + why);
}

bool Authentication::is_telltale(const std::string& text) const {
  const auto repeats = [&text](const std::string& secret) {
    return text.find(secret) != std::string::npos;
  };
  return repeats(parts_.credentials.password.reveal()) ||
         std::any_of(secrets_.begin(), secrets_.end(), repeats);
}

}  // namespace greyhound::smtp
