// Instants as servers write them in replies: "Fri, 02 Aug 2024 12:05:00 GMT", also with a numeric
// zone, "02-Aug-24" or the year behind the time, and "2024-08-02T12:05:00Z" with its variants. A
// zone that is not given, or not known, is UTC.
// Source: RFC 9110 section 5.6.7, RFC 5322 section 3.3, RFC 3339 section 5.6. Runs on: any. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/clock.hpp"

namespace greyhound::scheduler {

// The instant at the front of `text`, which is in lower case; nullopt: there is none.
std::optional<Instant> instant_at(std::string_view text);

}  // namespace greyhound::scheduler
