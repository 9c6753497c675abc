#include "mail/site_rule.hpp"

#include <algorithm>

#include "mail/glob.hpp"

namespace greyhound::mail {

const SiteRule* rule_for(const std::vector<SiteRule>& rules, std::string_view domain) {
  const auto first = std::find_if(rules.begin(), rules.end(), [domain](const SiteRule& rule) {
    return matches_any(rule.domains, domain);
  });
  return first == rules.end() ? nullptr : &*first;
}

SiteLimits limits_of(const std::vector<SiteRule>& rules, std::string_view domain) {
  const auto* const rule = rule_for(rules, domain);
  return rule == nullptr ? SiteLimits{} : rule->limits;
}

}  // namespace greyhound::mail
