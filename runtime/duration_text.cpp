#include "runtime/duration_text.hpp"

#include <array>
#include <charconv>
#include <limits>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace greyhound::runtime {
namespace {

struct DurationUnit {
  std::string_view name;
  std::int64_t microseconds;
};
constexpr std::array<DurationUnit, 6> duration_units{{{"d", 86'400'000'000},
                                                      {"h", 3'600'000'000},
                                                      {"m", 60'000'000},
                                                      {"s", 1'000'000},
                                                      {"ms", 1'000},
                                                      {"us", 1}}};

struct SizeUnit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<SizeUnit, 4> size_units{
    {{"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}}};

// Takes the digits at the front of `text`; nullopt if there are none or they overflow.
template <class Number>
std::optional<Number> take_number(std::string_view& text) {
  Number value{};
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::string_view take_letters(std::string_view& text) {
  const auto end = text.find_first_of("0123456789");
  const auto letters = text.substr(0, end);
  text.remove_prefix(letters.size());
  return letters;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    const auto count = take_number<std::int64_t>(text);
    if (!count) return std::nullopt;
    const auto name = take_letters(text);
    while (next_unit < duration_units.size() && duration_units[next_unit].name != name)
      ++next_unit;
    if (next_unit == duration_units.size()) return std::nullopt;
    std::int64_t part = 0;
    if (__builtin_mul_overflow(*count, duration_units[next_unit].microseconds, &part) ||
        __builtin_add_overflow(total, part, &total)) {
      return std::nullopt;
    }
    ++next_unit;
  }
  return Duration{total};
}

std::string to_text(Duration duration) {
  if (duration == Duration::zero()) return "0s";
  std::string text = duration < Duration::zero() ? "-" : "";
  auto rest = duration < Duration::zero() ? -duration.count() : duration.count();
  for (const auto& unit : duration_units) {
    if (rest < unit.microseconds) continue;
    text += fmt::format("{}{}", rest / unit.microseconds, unit.name);
    rest %= unit.microseconds;
  }
  return text;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto count = take_number<std::uint64_t>(text);
  if (!count) return std::nullopt;
  for (const auto& unit : size_units) {
    std::uint64_t bytes = 0;
    if (unit.name != text) continue;
    if (__builtin_mul_overflow(*count, unit.bytes, &bytes)) return std::nullopt;
    return bytes;
  }
  return std::nullopt;
}

std::string to_size_text(std::uint64_t size_bytes) {
  for (const auto& unit : size_units) {
    if (size_bytes >= unit.bytes && size_bytes % unit.bytes == 0) {
      return fmt::format("{}{}", size_bytes / unit.bytes, unit.name);
    }
  }
  return fmt::format("{}B", size_bytes);
}

std::string to_text(Instant instant) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(instant);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(seconds.time_since_epoch().count()));
}

}  // namespace greyhound::runtime
