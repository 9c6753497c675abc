// Instants as a notice writes them, always in UTC and without the machine's locale.
// Source: RFC 5322 section 3.3.   Limits: the years 1970 to 9999; anything else is moved to them.
#pragma once

#include <string>

#include "runtime/clock.hpp"

namespace greyhound::notify {

std::string mail_date(Instant instant);   // "Sun, 01 Mar 2026 12:00:00 +0000"
std::string plain_date(Instant instant);  // "Sunday 1 March 2026, 12:00:00 UTC"

}  // namespace greyhound::notify
