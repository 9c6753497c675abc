// AddressMemory: addresses of which something is to be remembered for a while.
// Owner: whoever remembers. Runs on: any loop.
// Limits: max_addresses; past that the oldest is forgotten early.
#pragma once

#include <deque>
#include <map>
#include <mutex>

#include "runtime/clock.hpp"
#include "runtime/ip.hpp"

namespace greyhound::smtp {

class AddressMemory {
 public:
  static constexpr std::size_t max_addresses = 10'000;

  explicit AddressMemory(Duration lifetime) : lifetime_(lifetime) {}

  void remember(const Endpoint& address, SteadyInstant now);
  void forget(const Endpoint& address);
  bool has(const Endpoint& address, SteadyInstant now) const;

 private:
  const Duration lifetime_;
  mutable std::mutex mutex_;
  std::map<Endpoint, SteadyInstant> until_;
  std::deque<Endpoint> by_age_;
};

}  // namespace greyhound::smtp
