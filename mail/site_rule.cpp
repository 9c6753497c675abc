#include "mail/site_rule.hpp"

#include <algorithm>

#include "mail/glob.hpp"

namespace greyhound::mail {

SiteLimits limits_of(const std::vector<SiteRule>& rules, std::string_view domain) {
  const auto first = std::find_if(rules.begin(), rules.end(), [domain](const SiteRule& rule) {
    return matches_any(rule.domains, domain);
  });
  return first == rules.end() ? SiteLimits{} : first->limits;
}

}  // namespace greyhound::mail
