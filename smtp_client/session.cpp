#include "smtp_client/session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "smtp_client/reply_meaning.hpp"

namespace greyhound::smtp {

using mail::Outcome;
using mail::Reply;
using mail::Stage;

namespace {

constexpr std::chrono::seconds quit_limit{2};

// "Not understood"; the other 5yz mean that this host takes no mail from us, by HELO neither.
bool is_ehlo_unknown(const Reply& reply) {
  constexpr std::array final_codes{521, 530, 554, 556};
  return reply.is_permanent() &&
         std::find(final_codes.begin(), final_codes.end(), reply.code) == final_codes.end();
}

}  // namespace

Session::Session(std::unique_ptr<Stream> stream,
                 std::string host,
                 const SmtpSettings& settings,
                 Clock& clock)
    : host_(std::move(host)), settings_(settings), dialogue_(std::move(stream), settings, clock) {}

Awaitable<std::optional<Outcome>> Session::open() {
  const Step step{Stage::greeting, "greeting", settings_.timeouts.greeting};
  auto greeting = co_await dialogue_.hear(step.limit);
  if (!greeting) co_return outcome_without_reply(host_, step, greeting.error());
  if (goes_on(step.stage, *greeting)) co_return co_await introduce();
  co_return outcome_of(step.stage, std::move(*greeting));
}

Awaitable<std::optional<Outcome>> Session::introduce() {
  const Step step{Stage::ehlo, "reply to EHLO", settings_.timeouts.ehlo};
  auto reply = co_await dialogue_.ask("EHLO " + own_name() + "\r\n", step.limit);
  if (!reply) co_return outcome_without_reply(host_, step, reply.error());
  if (is_ehlo_unknown(*reply)) co_return co_await introduce_simply();
  if (!goes_on(step.stage, *reply)) co_return outcome_of(step.stage, std::move(*reply));
  offered_ = parse_extensions(*reply);
  if (offered_.has_enhanced_status_codes) dialogue_.believe_status_codes();
  co_return std::nullopt;
}

Awaitable<std::optional<Outcome>> Session::introduce_simply() {
  const Step step{Stage::ehlo, "reply to HELO", settings_.timeouts.ehlo};
  auto reply = co_await dialogue_.ask("HELO " + own_name() + "\r\n", step.limit);
  if (!reply) co_return outcome_without_reply(host_, step, reply.error());
  if (!goes_on(step.stage, *reply)) co_return outcome_of(step.stage, std::move(*reply));
  co_return std::nullopt;
}

Awaitable<TransactionReport> Session::transact(mail::AttemptRequest* request,
                                               std::vector<std::size_t> members) {
  const Transaction::Parts parts{.dialogue = dialogue_,
                                 .offered = offered_,
                                 .timeouts = settings_.timeouts,
                                 .host = host_,
                                 .request = *request};
  Transaction transaction(parts, std::move(members));
  co_return co_await transaction.run();
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
  const auto local = dialogue_.stream().local();
  const bool is_qualified = settings_.hostname.find('.') != std::string::npos;
  if (is_qualified || !local) return settings_.hostname;
  const auto text = local->address.to_string();
  return local->address.is_v4() ? "[" + text + "]" : "[IPv6:" + text + "]";
}

}  // namespace greyhound::smtp
