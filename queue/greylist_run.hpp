// What a delivery remembers of the greylister that it meets, and what its next due is made of.
// Units: ages run from the anchor, the first refusal of the running series.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "queue/greylist_keys.hpp"
#include "runtime/clock.hpp"

namespace greyhound::queue {

// What a wait was taken from.
enum class WaitSource : std::uint8_t {  // persisted: never renumber
  series = 0,
  stated = 1,         // in the reply
  learned = 2,        // from other mail to the site
  known_end = 3,      // where others got through, after a knock before that was refused
  signature = 4,      // of a known greylister
  third_contact = 5,  // the knock before only opened the door
  own_clock = 6,      // woken for nothing: what it had to wait before that
};

// What a due is made of: the attempt, wait and margin together within `least` and `most`, and the
// delivery's own share of `jitter_most`.
struct DueTerms {
  WaitSource source = WaitSource::series;
  Duration margin = {};
  Duration jitter_most = {};
  std::optional<Duration> least = {};
  std::optional<Duration> most = {};
  std::string signature = {};  // id of the greylister, empty: none was recognised
  friend bool operator==(const DueTerms&, const DueTerms&) = default;
};

struct StatedWait {
  Duration wait;
  Instant since;  // the reply that brought it
  friend bool operator==(const StatedWait&, const StatedWait&) = default;
};

// What the running greylist series has seen. Ages run from its anchor.
struct GreylistRun {
  std::uint32_t knocks = 0;              // refusals, the first one included
  std::optional<Duration> refused = {};  // ages of the latest two after the first
  std::optional<Duration> refused_before = {};
  std::optional<StatedWait> stated = {};   // the latest
  std::optional<Duration> known_end = {};  // age of the next knock if the coming one fails
  bool opens_door = false;                 // the coming knock, if it is refused
  bool punishes_early = false;             // it looks like one that makes early tries wait longer
  std::optional<GreylistKeys> keys = {};   // none: nobody knows where we called from
  friend bool operator==(const GreylistRun&, const GreylistRun&) = default;
};

std::string_view to_string(WaitSource source);  // series, stated, learned, known_end, …

}  // namespace greyhound::queue
