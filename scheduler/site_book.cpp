#include "scheduler/site_book.hpp"

#include <algorithm>

namespace greyhound::scheduler {

SiteHealth& SiteBook::use(const std::string& site, SteadyInstant now) {
  if (sites_.size() >= sites_before_sweep_) {
    std::erase_if(sites_, [now](const auto& entry) {
      return !entry.second.is_in_use && entry.second.health.is_old(now);
    });
    sites_before_sweep_ = std::max(fewest_to_sweep, 2 * sites_.size());
  }
  auto& known = sites_[site];
  known.is_in_use = true;
  known.health.forget_what_is_old(now);
  return known.health;
}

void SiteBook::leave(const std::string& site) {
  const auto found = sites_.find(site);
  if (found != sites_.end()) found->second.is_in_use = false;
}

void SiteBook::forget(const std::string& site) {
  const auto found = sites_.find(site);
  if (found != sites_.end()) found->second.health = SiteHealth();
}

}  // namespace greyhound::scheduler
