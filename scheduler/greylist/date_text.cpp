#include "scheduler/greylist/date_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

#include "scheduler/greylist/word_lists.hpp"

namespace greyhound::scheduler {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes a date apart from its front; each step says whether what it wants was there.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}

  bool skip(std::string_view characters) {
    const auto end = std::min(rest_.find_first_not_of(characters), rest_.size());
    rest_.remove_prefix(end);
    return end > 0;
  }
  bool take(char wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_number(std::size_t least, std::size_t most, int& value) {
    std::size_t length = 0;
    value = 0;
    while (length < rest_.size() && length < most && is_digit(rest_[length]))
      value = value * 10 + (rest_[length++] - '0');
    if (length < least || (length < rest_.size() && is_digit(rest_[length]))) return false;
    rest_.remove_prefix(length);
    return true;
  }
  std::string_view take_letters() {
    const auto end =
        std::find_if(rest_.begin(), rest_.end(), [](char c) { return c < 'a' || c > 'z'; });
    const auto word = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(word.size());
    return word;
  }
  bool take_weekday() {
    static const PartIndex names({"mon", "tue", "wed", "thu", "fri", "sat", "sun"});
    if (!names.is_at_front_of(rest_)) return false;
    take_letters();
    return true;
  }
  bool take_month(int& month) {
    constexpr std::array<std::string_view, 12> names{
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
    const auto* const found = std::find(names.begin(), names.end(), take_letters().substr(0, 3));
    month = static_cast<int>(found - names.begin()) + 1;
    return found != names.end();
  }
  // hh:mm, with or without seconds and their fraction.
  bool take_time(seconds& time) {
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!take_number(1, 2, hour) || !take(':') || !take_number(2, 2, minute)) return false;
    if (take(':') && !take_number(2, 2, second)) return false;
    if (take('.')) skip("0123456789");
    time = hours(hour) + minutes(minute) + seconds(second);
    return hour < 24 && minute < 60 && second <= 60;
  }
  // +0200, +02:00; any other zone counts as UTC.
  minutes take_zone() {
    skip(" ");
    const bool is_west = rest_.starts_with('-');
    if (!is_west && !rest_.starts_with('+')) return minutes(0);
    rest_.remove_prefix(1);
    int hour = 0;
    int minute = 0;
    if (take_number(4, 4, hour)) {
      minute = hour % 100;
      hour /= 100;
    } else if (!take_number(2, 2, hour) || (take(':') && !take_number(2, 2, minute))) {
      return minutes(0);
    }
    const auto east = hours(hour) + minutes(minute);
    return is_west ? -east : east;
  }

 private:
  std::string_view rest_;
};

struct Parts {
  int year = 0;
  int month = 0;
  int day = 0;
  seconds time{0};
  minutes zone{0};
};

std::optional<Instant> instant_of(const Parts& parts) {
  const std::chrono::year_month_day date{std::chrono::year(parts.year),
                                         std::chrono::month(static_cast<unsigned>(parts.month)),
                                         std::chrono::day(static_cast<unsigned>(parts.day))};
  if (!date.ok() || parts.year < 1970 || parts.year > 9999) return std::nullopt;
  return Instant(std::chrono::sys_days(date).time_since_epoch() + parts.time - parts.zone);
}

// 2024-08-02T12:05:00Z
std::optional<Instant> iso_instant(std::string_view text) {
  DateReader reader(text);
  Parts parts;
  const bool is_date = reader.take_number(4, 4, parts.year) && reader.take('-') &&
                       reader.take_number(2, 2, parts.month) && reader.take('-') &&
                       reader.take_number(2, 2, parts.day);
  if (!is_date || !(reader.take('t') || reader.skip(" "))) return std::nullopt;
  if (!reader.take_time(parts.time)) return std::nullopt;
  parts.zone = reader.take_zone();
  return instant_of(parts);
}

// Fri, 02 Aug 2024 12:05:00 GMT
std::optional<Instant> mail_instant(std::string_view text) {
  DateReader reader(text);
  Parts parts;
  if (reader.take_weekday()) reader.skip(" ,.");
  if (!reader.take_number(1, 2, parts.day)) return std::nullopt;
  reader.skip(" -.");
  if (!reader.take_month(parts.month)) return std::nullopt;
  reader.skip(" -.,");
  if (!reader.take_number(2, 4, parts.year)) return std::nullopt;
  if (parts.year < 100) parts.year += 2000;
  reader.skip(" ,");
  if (!reader.take_time(parts.time)) return std::nullopt;
  parts.zone = reader.take_zone();
  return instant_of(parts);
}

// Fri Aug  2 12:05:00 2024
std::optional<Instant> asctime_instant(std::string_view text) {
  DateReader reader(text);
  Parts parts;
  if (!reader.take_weekday() || !reader.skip(" ,") || !reader.take_month(parts.month)) {
    return std::nullopt;
  }
  reader.skip(" ");
  if (!reader.take_number(1, 2, parts.day) || !reader.skip(" ,")) return std::nullopt;
  if (!reader.take_time(parts.time)) return std::nullopt;
  reader.skip(" ");
  reader.take_letters();
  reader.skip(" ");
  if (!reader.take_number(4, 4, parts.year)) return std::nullopt;
  return instant_of(parts);
}

}  // namespace

std::optional<Instant> instant_at(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (!is_digit(text.front()) && !DateReader(text).take_weekday()) return std::nullopt;
  if (const auto found = iso_instant(text)) return found;
  if (const auto found = mail_instant(text)) return found;
  return asctime_instant(text);
}

}  // namespace greyhound::scheduler
