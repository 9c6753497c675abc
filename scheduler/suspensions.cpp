#include "scheduler/suspensions.hpp"

#include <algorithm>

namespace greyhound::scheduler {

bool Suspensions::lift(const std::string& name, Instant now) {
  if (names_.erase(name) == 0) return false;
  lifted_[name] = now;
  return true;
}

bool Suspensions::hold(const std::string& domain, const std::string& site) const {
  return names_.contains(domain) || (!site.empty() && names_.contains(site));
}

std::optional<Instant> Suspensions::lifted(const std::string& domain,
                                           const std::string& site) const {
  std::optional<Instant> latest;
  for (const auto* name : {&domain, &site}) {
    const auto found = lifted_.find(*name);
    if (found != lifted_.end()) latest = std::max(latest.value_or(found->second), found->second);
  }
  return latest;
}

}  // namespace greyhound::scheduler
