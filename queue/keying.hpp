// Keying: what the greylister of a site seems to know mail by. Mail that comes with a key of which
// other mail has got through, and that nothing else can have let through, tells whether that kind
// of key is enough: it was taken, or it was not. What follows is the scheduler's business. Pure.
// Limits: it remembers the latest `most_passed_keys`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "queue/greylist_keys.hpp"
#include "runtime/clock.hpp"

namespace greyhound::queue {

// One contact at a site that greylists.
struct KeyLesson {
  std::string site;
  GreylistKeys keys;
  bool has_passed = false;  // false: greylisted
  bool is_early = false;    // it had not waited for its own clock: a first contact, or a woken one
  Instant at = {};
};

struct KeyFinding {
  std::uint32_t taken = 0;              // so many in a row
  std::optional<Instant> refused = {};  // the latest
  friend bool operator==(const KeyFinding&, const KeyFinding&) = default;
};

struct PassedKey {
  KeyKind kind = KeyKind::source;
  std::uint64_t hash = 0;
  Instant at = {};
  friend bool operator==(const PassedKey&, const PassedKey&) = default;
};

struct Keying {
  std::array<KeyFinding, all_key_kinds.size()> findings = {};  // by kind
  std::vector<PassedKey> passed = {};                          // the latest last

  const KeyFinding& of(KeyKind kind) const { return findings.at(static_cast<std::size_t>(kind)); }
  KeyFinding& of(KeyKind kind) { return findings.at(static_cast<std::size_t>(kind)); }

  // When mail with this key got through last.
  std::optional<Instant> passed_at(KeyKind kind, const GreylistKeys& keys) const;
  // The narrowest kind of which a key of this mail got through at `since` or later.
  std::optional<KeyKind> narrowest_passed(const GreylistKeys& keys, Instant since) const;
  friend bool operator==(const Keying&, const Keying&) = default;
};

constexpr std::size_t most_passed_keys = 96;
// What got through is known to a greylister for that long at least: the shortest that any is known
// to remember it by default is a day.
constexpr Duration passes_are_kept = std::chrono::hours(12);
// A kind that was not enough is not counted on for so long.
constexpr Duration findings_rest = std::chrono::hours(24);

Keying with_lesson(Keying keying, const KeyLesson& lesson);

// Whether `lesson` would change what matters, so that mail which only passes again costs nothing.
bool is_news(const Keying& keying, const KeyLesson& lesson);

}  // namespace greyhound::queue
