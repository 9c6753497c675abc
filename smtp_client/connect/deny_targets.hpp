// Where no connection may lead that somebody else's DNS sends us to: smtp.deny_targets.
// Source: contract in docs/ARCHITECTURE.md, "DNS". A pure function.
#pragma once

#include <algorithm>
#include <vector>

#include "runtime/ip.hpp"

namespace greyhound::smtp {

inline bool is_denied(const IpAddress& address, const std::vector<IpNetwork>& deny_targets) {
  return std::any_of(deny_targets.begin(),
                     deny_targets.end(),
                     [&address](const IpNetwork& network) { return network.contains(address); });
}

}  // namespace greyhound::smtp
