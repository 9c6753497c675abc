// StsPolicy: which hosts may take a domain's mail, and whether that is meant seriously.
// Source: RFC 8461 sections 3.2 (text) and 4.1 (names). Pure values and functions.
// Limits: max_policy_bytes of text, max_mx_patterns.
// Errors: parse_sts_policy() gives the reason why a text is no policy.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/result.hpp"

namespace greyhound::smtp {

enum class StsMode : std::uint8_t {
  none,     // as if there were no policy
  testing,  // what goes against it is delivered all the same
  enforce,
};

struct StsPolicy {
  static constexpr std::size_t max_policy_bytes = std::size_t{64} * 1024;
  static constexpr std::size_t max_mx_patterns = 100;
  static constexpr std::chrono::seconds max_max_age{31'557'600};  // a year

  StsMode mode = StsMode::none;
  std::vector<std::string> mx = {};  // lower case: "mx1.example", "*.example"
  std::chrono::seconds max_age{0};   // from the moment it was fetched

  friend bool operator==(const StsPolicy&, const StsPolicy&) = default;
};

Result<StsPolicy> parse_sts_policy(std::string_view text);
std::string to_text(const StsPolicy& policy);  // the same as fields, and no others

// `host`: lower case. A wildcard stands for exactly one label.
bool permits(const StsPolicy& policy, std::string_view host);

std::string_view to_string(StsMode mode);

}  // namespace greyhound::smtp
