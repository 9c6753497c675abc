#include "smtp_client/dns/site_cache.hpp"

namespace greyhound::smtp {

const RankedSite* SiteCache::find(const std::string& domain, SteadyInstant now) const {
  const auto found = entries_.find(domain);
  if (found == entries_.end() || found->second.expiry <= now) return nullptr;
  return &found->second.site;
}

void SiteCache::put(const std::string& domain, RankedSite site, SteadyInstant now) {
  const auto is_expired = [this, now](const std::string& oldest) {
    return entries_.at(oldest).expiry <= now;
  };
  while (!by_age_.empty() && (by_age_.size() >= max_domains || is_expired(by_age_.front()))) {
    entries_.erase(by_age_.front());
    by_age_.pop_front();
  }
  const auto [entry, is_new] = entries_.try_emplace(domain);
  if (!is_new) return;  // another look-up of the same domain was quicker
  entry->second = Entry{.expiry = now + lifetime, .site = std::move(site)};
  by_age_.push_back(domain);
}

}  // namespace greyhound::smtp
