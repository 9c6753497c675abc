#include "mail/date.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace greyhound::mail {
namespace {

std::string two_digits(long number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

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
          .time = two_digits(time.hours().count()) + ":" + two_digits(time.minutes().count()) +
                  ":" + two_digits(time.seconds().count())};
}

std::string date_text(Instant instant) {
  static constexpr std::array<std::string_view, 7> weekdays{
      "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> months{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto at = calendar_of(instant);
  std::string text(weekdays.at(at.weekday));
  text += ", " + two_digits(at.day) + " ";
  text += months.at(at.month);
  return text + " " + std::to_string(at.year) + " " + at.time + " +0000";
}

}  // namespace greyhound::mail
