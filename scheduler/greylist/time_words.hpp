// Amounts of time as people write them in replies: "5 minutes", "00:04:59", "1h 30m", "two hours",
// "PT5M", "半小时", in the languages that servers speak.
// Source: ISO 8601 section 5.5.2 (durations). Runs on: any. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace greyhound::scheduler {

struct TimeAmount {
  std::int64_t seconds;  // a fraction counts as a whole one; never negative
  std::size_t length;    // of what was read, in bytes
};

// No amount is longer: a century. Nothing that is longer is read as one.
inline constexpr std::int64_t longest_amount_seconds = 3'155'760'000;

// The amount at the front of `text`, which is in lower case; nullopt: there is none.
std::optional<TimeAmount> amount_at(std::string_view text);

// The number of digits at the front, as seconds; nullopt: none, or something is stuck to it.
std::optional<TimeAmount> bare_number_at(std::string_view text);

// The length of the word at the front: letters up to U+07FF and of Vietnamese, which are those of
// writings that set spaces between words. 0: there is none.
std::size_t word_length(std::string_view text);

}  // namespace greyhound::scheduler
