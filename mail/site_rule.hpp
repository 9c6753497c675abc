// SiteRule: what an administrator sets for mail to some domains ("smtp.sites").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/ip.hpp"

namespace greyhound::mail {

struct SiteLimits {                             // none: as for all others
  std::optional<std::size_t> per_site = {};     // attempts at once
  std::optional<std::size_t> per_minute = {};   // attempts that begin, evenly spread
  std::optional<std::size_t> per_session = {};  // messages
  friend bool operator==(const SiteLimits&, const SiteLimits&) = default;
};

struct SiteRule {
  std::vector<std::string> domains = {};  // globs over the recipient's domain; empty: all
  SiteLimits limits;
  std::vector<IpAddress> source_addresses = {};  // to call from; empty: as for all others
};

// The first that matches; nullptr: none does.
const SiteRule* rule_for(const std::vector<SiteRule>& rules, std::string_view domain);
SiteLimits limits_of(const std::vector<SiteRule>& rules, std::string_view domain);

}  // namespace greyhound::mail
