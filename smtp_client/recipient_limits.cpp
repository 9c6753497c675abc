#include "smtp_client/recipient_limits.hpp"

#include <algorithm>

namespace greyhound::smtp {

void RecipientLimits::note(const std::string& site, std::size_t answered, SteadyInstant now) {
  limits_.insert_or_assign(site, Limit{.most = answered, .until = now + lifetime});
  if (limits_.size() <= most_sites) return;
  limits_.erase(std::min_element(limits_.begin(), limits_.end(), [](const auto& a, const auto& b) {
    return a.second.until < b.second.until;
  }));
}

std::optional<std::size_t> RecipientLimits::most(const std::string& site, SteadyInstant now) const {
  const auto found = limits_.find(site);
  if (found == limits_.end() || found->second.until <= now) return std::nullopt;
  return found->second.most;
}

}  // namespace greyhound::smtp
