#include "notify/notice_date.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include <fmt/format.h>

namespace greyhound::notify {

CalendarDate calendar_of(Instant instant) {
  using namespace std::chrono_literals;
  constexpr Instant last = std::chrono::sys_days{9999y / std::chrono::December / 31} + 86399s;
  const auto shown = std::clamp(instant, Instant{}, last);
  const auto days = std::chrono::floor<std::chrono::days>(shown);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(shown - days)};
  return {.weekday = std::chrono::weekday{days}.c_encoding(),
          .month = static_cast<unsigned>(date.month()) - 1,
          .day = static_cast<unsigned>(date.day()),
          .year = static_cast<int>(date.year()),
          .time = fmt::format("{:02}:{:02}:{:02}",
                              time.hours().count(),
                              time.minutes().count(),
                              time.seconds().count())};
}

std::string mail_date(Instant instant) {
  static constexpr std::array<std::string_view, 7> weekdays{
      "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> months{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto at = calendar_of(instant);
  return fmt::format("{}, {:02} {} {} {} +0000",
                     weekdays.at(at.weekday),
                     at.day,
                     months.at(at.month),
                     at.year,
                     at.time);
}

}  // namespace greyhound::notify
