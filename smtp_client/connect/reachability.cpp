#include "smtp_client/connect/reachability.hpp"

namespace greyhound::smtp {

void Reachability::note_answer(const Endpoint& address) {
  dead_.forget(address);
  const std::lock_guard lock(mutex_);
  (address.address.is_v4() ? v4_ : v6_).failures = 0;
}

void Reachability::note_silence(const Endpoint& address, SteadyInstant now) {
  dead_.remember(address, now);
  const std::lock_guard lock(mutex_);
  auto& family = address.address.is_v4() ? v4_ : v6_;
  ++family.failures;
  family.last_failure = now;
}

bool Reachability::is_dead(const Endpoint& address, SteadyInstant now) const {
  return dead_.has(address, now);
}

bool Reachability::comes_second(bool is_v4, SteadyInstant now) const {
  const std::lock_guard lock(mutex_);
  const auto& own = is_v4 ? v4_ : v6_;
  const auto& other = is_v4 ? v6_ : v4_;
  return own.is_ill(now) && !other.is_ill(now);
}

bool Reachability::Family::is_ill(SteadyInstant now) const {
  return failures >= failures_of_ill_family && now < last_failure + lifetime;
}

}  // namespace greyhound::smtp
