#include "smtp_client/broken_tls.hpp"

namespace greyhound::smtp {

void BrokenTls::remember(const Endpoint& address, SteadyInstant now) {
  const std::lock_guard lock(mutex_);
  const auto [entry, is_new] = until_.insert_or_assign(address, now + lifetime);
  if (is_new) by_age_.push_back(address);
  if (by_age_.size() <= max_addresses) return;
  until_.erase(by_age_.front());
  by_age_.pop_front();
}

bool BrokenTls::has(const Endpoint& address, SteadyInstant now) const {
  const std::lock_guard lock(mutex_);
  const auto found = until_.find(address);
  return found != until_.end() && found->second > now;
}

mail::TlsLevel BrokenTls::level_for(const Endpoint& address,
                                    mail::TlsLevel wanted,
                                    SteadyInstant now) const {
  const bool is_hopeless = !mail::is_obligatory(wanted) && has(address, now);
  return is_hopeless ? mail::TlsLevel::none : wanted;
}

}  // namespace greyhound::smtp
