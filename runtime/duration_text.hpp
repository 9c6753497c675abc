// Durations and sizes as people write them in the JSON files and read them in the output:
// "90s", "5m", "1h30m", "5d"; "50MiB".
// Errors: parse_* give nullopt for anything else, for a missing unit and for overflow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/clock.hpp"

namespace greyhound::runtime {

// Units d, h, m, s, ms in falling order, each at most once; "0s" is a duration, "" and "5" are not.
std::optional<Duration> parse_duration(std::string_view text);
std::string to_text(Duration duration);  // exact and shortest: "1h30m", "250ms", "0s"

// A whole number with B, KiB, MiB or GiB.
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string to_size_text(std::uint64_t size_bytes);

// RFC 3339 in UTC with microseconds cut to seconds: "2026-03-01T12:00:00Z".
std::string to_text(Instant instant);

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::parse_duration;
using runtime::parse_size;
using runtime::to_size_text;
using runtime::to_text;
}  // namespace greyhound
