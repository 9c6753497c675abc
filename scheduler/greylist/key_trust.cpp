#include "scheduler/greylist/key_trust.hpp"

#include <algorithm>

namespace greyhound::scheduler {

using queue::all_key_kinds;
using queue::KeyKind;

KeyTrust trust_in(const queue::Keying& keying, KeyKind kind, Instant now) {
  const auto& finding = keying.of(kind);
  if (finding.refused && now - *finding.refused < queue::findings_rest) return KeyTrust::none;
  return kind == KeyKind::triplet || finding.taken > 0 ? KeyTrust::full : KeyTrust::trial;
}

std::optional<KeyKind> shortest_trusted(const queue::Keying& keying, Instant now) {
  const auto* const found =
      std::find_if(all_key_kinds.begin(), all_key_kinds.end(), [&](KeyKind kind) {
        return trust_in(keying, kind, now) == KeyTrust::full;
      });
  if (found == all_key_kinds.end()) return std::nullopt;
  return *found;
}

// A trial is of use only if no other key could be what let it through.
KeyTrust trust_to_pass(const queue::Keying& keying, const queue::GreylistKeys& keys, Instant now) {
  const auto narrowest = keying.narrowest_passed(keys, now - queue::passes_are_kept);
  if (!narrowest) return KeyTrust::none;
  const auto shortest = shortest_trusted(keying, now);
  if (shortest && *shortest <= *narrowest) return KeyTrust::full;
  return trust_in(keying, *narrowest, now);
}

}  // namespace greyhound::scheduler
