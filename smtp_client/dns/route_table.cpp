#include "smtp_client/dns/route_table.hpp"

#include <algorithm>

#include "mail/address.hpp"
#include "mail/glob.hpp"

namespace greyhound::smtp {
namespace {

bool has_wildcard(const std::string& glob) {
  return glob.find_first_of("*?") != std::string::npos;
}

}  // namespace

RouteTable::RouteTable(const std::vector<Route>& routes) : routes_(routes) {
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const auto& domains = routes[i].domains;
    if (domains.empty() || std::any_of(domains.begin(), domains.end(), has_wildcard)) {
      by_glob_.push_back(i);
      continue;
    }
    for (const auto& domain : domains) {
      auto& positions = by_domain_[mail::lower_case(domain)];
      if (positions.empty() || positions.back() != i) positions.push_back(i);
    }
  }
}

const Route* RouteTable::find(const std::string& domain, std::string_view sender) const {
  const auto takes = [&](std::size_t i) {
    return mail::matches_any(routes_[i].domains, domain) &&
           mail::matches_any(routes_[i].senders, sender);
  };
  auto first = routes_.size();
  if (const auto named = by_domain_.find(mail::lower_case(domain)); named != by_domain_.end()) {
    const auto& positions = named->second;
    const auto found = std::find_if(positions.begin(), positions.end(), takes);
    if (found != positions.end()) first = *found;
  }
  for (const auto i : by_glob_) {
    if (i > first) break;
    if (takes(i)) return &routes_[i];
  }
  return first < routes_.size() ? &routes_[first] : nullptr;
}

}  // namespace greyhound::smtp
