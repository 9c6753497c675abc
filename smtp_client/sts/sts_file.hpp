// StoredStsPolicy: a policy and when it was fetched, and its form in a file that outlives a
// restart.
// Source: RFC 8461 section 3.3 (the id of the version that is cached); docs/storage-format.md.
// Pure values and functions. Errors: nullopt for a file that is damaged or of another make.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/clock.hpp"
#include "smtp_client/sts/sts_policy.hpp"

namespace greyhound::smtp {

struct StoredStsPolicy {
  std::string domain;
  std::string id;   // of the TXT record that announced it
  Instant fetched;  // in whole seconds
  StsPolicy policy;

  Instant expiry() const { return fetched + policy.max_age; }
  friend bool operator==(const StoredStsPolicy&, const StoredStsPolicy&) = default;
};

std::string to_file(const StoredStsPolicy& stored);
std::optional<StoredStsPolicy> from_file(std::string_view bytes);

}  // namespace greyhound::smtp
