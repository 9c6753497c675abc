// The TXT record that says that a domain has an MTA-STS policy, and which.
// Source: RFC 8461 section 3.1. A pure function.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace greyhound::smtp {

// The id of the policy, from all TXT records of _mta-sts.<domain>. None unless exactly one of them
// begins with v=STSv1 and that one is well formed.
std::optional<std::string> sts_id(const std::vector<std::string>& texts);

}  // namespace greyhound::smtp
