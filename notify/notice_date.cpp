#include "notify/notice_date.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include <fmt/format.h>

namespace greyhound::notify {
namespace {

constexpr std::array<std::string_view, 7> weekday_names{
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> month_names{"January",
                                                       "February",
                                                       "March",
                                                       "April",
                                                       "May",
                                                       "June",
                                                       "July",
                                                       "August",
                                                       "September",
                                                       "October",
                                                       "November",
                                                       "December"};

struct Calendar {
  std::string_view weekday;
  std::string_view month;
  unsigned day;
  int year;
  std::string time;
};

Calendar calendar_of(Instant instant) {
  using namespace std::chrono_literals;
  constexpr Instant last = std::chrono::sys_days{9999y / std::chrono::December / 31} + 86399s;
  const auto shown = std::clamp(instant, Instant{}, last);
  const auto days = std::chrono::floor<std::chrono::days>(shown);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(shown - days)};
  return {.weekday = weekday_names[std::chrono::weekday{days}.c_encoding()],
          .month = month_names[static_cast<unsigned>(date.month()) - 1],
          .day = static_cast<unsigned>(date.day()),
          .year = static_cast<int>(date.year()),
          .time = fmt::format("{:02}:{:02}:{:02}",
                              time.hours().count(),
                              time.minutes().count(),
                              time.seconds().count())};
}

}  // namespace

std::string mail_date(Instant instant) {
  const auto at = calendar_of(instant);
  return fmt::format("{}, {:02} {} {} {} +0000",
                     at.weekday.substr(0, 3),
                     at.day,
                     at.month.substr(0, 3),
                     at.year,
                     at.time);
}

std::string plain_date(Instant instant) {
  const auto at = calendar_of(instant);
  return fmt::format("{} {} {} {}, {} UTC", at.weekday, at.day, at.month, at.year, at.time);
}

}  // namespace greyhound::notify
