// Instants as mail writes them and as calendars have them, always in UTC and without the machine's
// locale.
// Source: RFC 5322 section 3.3.   Limits: the years 1970 to 9999; anything else is moved to them.
#pragma once

#include <cstddef>
#include <string>

#include "runtime/clock.hpp"

namespace greyhound::mail {

struct CalendarDate {
  std::size_t weekday;  // 0: Sunday
  std::size_t month;    // 0: January
  unsigned day;         // of the month, from 1
  int year;
  std::string time;  // "12:00:00"
};

CalendarDate calendar_of(Instant instant);

std::string date_text(Instant instant);  // "Sun, 01 Mar 2026 12:00:00 +0000"

}  // namespace greyhound::mail
