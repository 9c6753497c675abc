#include "intake/client_limiter.hpp"

#include <algorithm>
#include <chrono>

#include "runtime/must.hpp"
#include "runtime/task_group.hpp"

namespace greyhound::intake {
namespace {

// What is left of `used` after a while: a whole minute brings all of it back.
double used_after(double used, Duration passed, std::size_t per_minute) {
  const auto minutes = std::chrono::duration<double, std::ratio<60>>(passed).count();
  return std::max(0.0, used - minutes * static_cast<double>(per_minute));
}

}  // namespace

std::string client_key(const Client& client) {
  if (!client.address) return client.uid ? "uid " + std::to_string(*client.uid) : "local";
  if (client.address->is_v4()) return client.address->to_string();
  auto bytes = client.address->bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return IpAddress::from_v6_bytes(bytes).to_string() + "/64";
}

bool ClientLimiter::take_session(const std::string& key) {
  auto& usage = clients_[key];
  if (limits_.sessions > 0 && usage.sessions >= limits_.sessions) return false;
  ++usage.sessions;
  return true;
}

void ClientLimiter::give_session(const std::string& key) {
  const auto found = clients_.find(key);
  MUST(found != clients_.end() && found->second.sessions > 0);
  const bool is_last = --found->second.sessions == 0;
  if (is_last && !has_rates()) clients_.erase(found);
}

Awaitable<bool> ClientLimiter::allows_message(std::string key) {
  return take_one(std::move(key), &Usage::messages, limits_.messages_per_minute);
}

Awaitable<bool> ClientLimiter::allows_recipient(std::string key) {
  return take_one(std::move(key), &Usage::recipients, limits_.recipients_per_minute);
}

Awaitable<bool> ClientLimiter::take_one(std::string key,
                                        Allowance Usage::* which,
                                        std::size_t per_minute) {
  if (per_minute == 0) co_return true;
  co_return co_await runtime::run_on(home_, take_at_home(std::move(key), which, per_minute));
}

Awaitable<bool> ClientLimiter::take_at_home(std::string key,
                                            Allowance Usage::* which,
                                            std::size_t per_minute) {
  if (clients_.size() > most_clients) forget_the_idle();
  auto& allowance = clients_[key].*which;
  const auto now = clock_.steady();
  const auto used = used_after(allowance.used, now - allowance.at, per_minute);
  const bool is_allowed = used + 1 <= static_cast<double>(per_minute);
  allowance = {.used = is_allowed ? used + 1 : used, .at = now};
  co_return is_allowed;
}

// Without a session, and a minute after the last message: as if they had never been here.
void ClientLimiter::forget_the_idle() {
  const auto now = clock_.steady();
  std::erase_if(clients_, [now](const auto& client) {
    const auto& usage = client.second;
    const auto last = std::max(usage.messages.at, usage.recipients.at);
    return usage.sessions == 0 && now - last > std::chrono::minutes(1);
  });
}

}  // namespace greyhound::intake
