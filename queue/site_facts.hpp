// What deliveries taught about one site: between which ages its greylister begins to accept, and
// whether the waits that it states come true. What follows from that is the scheduler's business.
// Units: ages run from the first refusal of a triplet. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "queue/keying.hpp"
#include "runtime/clock.hpp"

namespace greyhound::queue {

// A wait that a reply had stated, when it was over.
enum class StatedWaitFate : std::uint8_t { none, kept, broken };

// One more contact of a greylisted delivery.
struct SiteLesson {
  std::string site;
  Duration age = {};
  bool has_passed = false;  // false: refused again
  Instant at = {};
  // Its refusals between the first one and this contact, the latest two of them.
  std::optional<Duration> refused = {};
  std::optional<Duration> refused_before = {};
  StatedWaitFate stated = StatedWaitFate::none;
};

// The window is longer than `above` and not longer than `upto`.
struct WindowBounds {
  Duration above = {};
  Duration upto = {};
  friend bool operator==(const WindowBounds&, const WindowBounds&) = default;
};

struct SiteFacts {
  std::string site = {};
  std::uint32_t passes = 0;
  std::uint32_t refusals = 0;  // after the first contact
  // The window lies between them. A contact that says otherwise means that it has changed: what
  // was known gives way.
  std::optional<Duration> earliest_pass = {};
  std::optional<Duration> latest_refusal = {};
  // The same if the first contact after the window is refused as well and only opens the door;
  // none: a retry has passed at once, or nothing is known.
  std::optional<WindowBounds> two_step = {};
  std::uint32_t passes_since_refusal = 0;
  std::uint32_t stated_broken = 0;             // waits in a row that did not come true
  std::optional<Instant> stated_ignored = {};  // until then no wait is believed
  Instant changed = {};
  Keying keying = {};
};

// So many broken waits in a row, and none is believed for so long.
constexpr std::uint32_t broken_waits_allowed = 2;
constexpr Duration disbelief_of_waits = std::chrono::hours(24);

// `facts` with one lesson more.
SiteFacts with_lesson(SiteFacts facts, const SiteLesson& lesson);
SiteFacts with_lesson(SiteFacts facts, const KeyLesson& lesson);

}  // namespace greyhound::queue
