// What follows from what a site's greylister seems to know mail by: for which mail a pass of other
// mail counts as well. Pure.
// Source: docs/ARCHITECTURE.md, "Knock first, wake together".
#pragma once

#include <cstdint>
#include <optional>

#include "queue/keying.hpp"

namespace greyhound::scheduler {

enum class KeyTrust : std::uint8_t {
  none,   // it was not enough of late
  trial,  // nobody knows: one may try
  full,   // what has the key goes through
};

// That a triplet passes again is what greylisting is; of shorter keys it has to be seen.
KeyTrust trust_in(const queue::Keying& keying, queue::KeyKind kind, Instant now);

// The shortest key that is enough for mail; none: each has to wait for itself.
std::optional<queue::KeyKind> shortest_trusted(const queue::Keying& keying, Instant now);

// Whether mail with these keys, waiting at the site, would go through now: because other mail did.
KeyTrust trust_to_pass(const queue::Keying& keying, const queue::GreylistKeys& keys, Instant now);

}  // namespace greyhound::scheduler
