#include "smtp_client/connect/address_memory.hpp"

namespace greyhound::smtp {

void AddressMemory::remember(const Endpoint& address, SteadyInstant now) {
  const std::lock_guard lock(mutex_);
  const bool is_new = until_.insert_or_assign(address, now + lifetime_).second;
  if (is_new) by_age_.push_back(address);
  if (by_age_.size() <= max_addresses) return;
  until_.erase(by_age_.front());
  by_age_.pop_front();
}

// Its place in the order of age stays, so that it is counted once.
void AddressMemory::forget(const Endpoint& address) {
  const std::lock_guard lock(mutex_);
  const auto found = until_.find(address);
  if (found != until_.end()) found->second = SteadyInstant::min();
}

bool AddressMemory::has(const Endpoint& address, SteadyInstant now) const {
  const std::lock_guard lock(mutex_);
  const auto found = until_.find(address);
  return found != until_.end() && found->second > now;
}

}  // namespace greyhound::smtp
