// ClientLimiter: how much of intake one client may have: sessions at once, messages and recipients
// by the minute.
// Owner: the server. Runs on: the home loop, where its state lives; the two questions come from any
//        session loop and cost a change of loop, but only where a limit is set.
// Limits: remembers clients with sessions, and most_clients of those that used up some of a minute.
#pragma once

#include <string>
#include <unordered_map>

#include "intake/client.hpp"
#include "intake/intake_settings.hpp"
#include "runtime/awaitable.hpp"
#include "runtime/clock.hpp"

namespace greyhound::intake {

// An IPv4 address, an IPv6 /64 (whoever has one address of it has all), or a local user.
std::string client_key(const Client& client);

class ClientLimiter {
 public:
  static constexpr std::size_t most_clients = 10'000;

  ClientLimiter(Executor home, const ClientLimits& limits, const Clock& clock)
      : home_(std::move(home)), limits_(limits), clock_(clock) {}

  // On the home loop. A session that was taken must be given back.
  bool take_session(const std::string& key);
  void give_session(const std::string& key);

  bool has_rates() const {
    return limits_.messages_per_minute > 0 || limits_.recipients_per_minute > 0;
  }
  std::size_t known_clients() const { return clients_.size(); }

  // From any loop.
  Awaitable<bool> allows_message(std::string key);
  Awaitable<bool> allows_recipient(std::string key);

 private:
  // So much of a minute's number is used up; it comes back over the minute that follows.
  struct Allowance {
    double used = 0;
    SteadyInstant at{};
  };
  struct Usage {
    std::size_t sessions = 0;
    Allowance messages;
    Allowance recipients;
  };

  Awaitable<bool> take_one(std::string key, Allowance Usage::* which, std::size_t per_minute);
  Awaitable<bool> take_at_home(std::string key, Allowance Usage::* which, std::size_t per_minute);
  void forget_the_idle();

  const Executor home_;
  const ClientLimits limits_;
  const Clock& clock_;
  std::unordered_map<std::string, Usage> clients_;
};

}  // namespace greyhound::intake
