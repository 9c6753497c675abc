// RouteTable: which route a message takes: the first whose domains and senders fit. One lookup
// however many routes name their domains in full; only those with wildcards are tried one by one.
// Owner: MxResolver. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "smtp_client/smtp_settings.hpp"

namespace greyhound::smtp {

class RouteTable {
 public:
  explicit RouteTable(const std::vector<Route>& routes);  // which outlive this

  const Route* find(const std::string& domain, std::string_view sender) const;  // null: none

 private:
  using Positions = std::vector<std::size_t>;  // in `routes_`, ascending

  const std::vector<Route>& routes_;
  std::unordered_map<std::string, Positions> by_domain_;  // lower case
  Positions by_glob_;
};

}  // namespace greyhound::smtp
