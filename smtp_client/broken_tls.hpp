// BrokenTls: addresses whose opportunistic TLS broke, so that the next attempts go there in the
// clear at once instead of failing first. Forgotten after `lifetime`, for servers are mended.
// Owner: SmtpCourier. Runs on: any loop.
// Limits: max_addresses; past that the oldest is forgotten early.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "mail/tls_level.hpp"
#include "runtime/clock.hpp"
#include "runtime/ip.hpp"

namespace greyhound::smtp {

class BrokenTls {
 public:
  static constexpr std::size_t max_addresses = 10'000;
  static constexpr std::chrono::hours lifetime{1};

  void remember(const Endpoint& address, SteadyInstant now);
  bool has(const Endpoint& address, SteadyInstant now) const;
  // The level to go there with: `wanted`, or none where that is hopeless and not demanded.
  mail::TlsLevel level_for(const Endpoint& address, mail::TlsLevel wanted, SteadyInstant now) const;

 private:
  mutable std::mutex mutex_;
  std::map<Endpoint, SteadyInstant> until_;
  std::deque<Endpoint> by_age_;
};

}  // namespace greyhound::smtp
