#include "queue/ids.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace greyhound::queue {
namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr unsigned bits_per_digit = 5;
constexpr unsigned instant_shift = 20;  // sequence and role
constexpr std::uint64_t largest_value = 0x7fff'ffff'ffff'ffff;

// Some 99 days short of the last millisecond that fits, so that next() can go on growing even if a
// clock once stood at the end of time.
constexpr std::int64_t latest_ms = (std::int64_t{1} << 43) - (std::int64_t{1} << 33);

// Crockford's aliases: what people read as 1 or 0 is 1 or 0.
std::optional<std::uint64_t> digit_value(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'I' || c == 'L') c = '1';
  if (c == 'O') c = '0';
  const auto at = digits.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return at;
}

}  // namespace

MessageId MessageId::first_at(Instant instant) {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(instant).time_since_epoch();
  const auto ms = std::clamp<std::int64_t>(since.count(), 1, latest_ms);
  return MessageId(static_cast<std::uint64_t>(ms) << instant_shift);
}

Instant MessageId::made() const {
  const auto ms = static_cast<std::int64_t>(value_ >> instant_shift);
  return Instant(std::chrono::milliseconds(ms));
}

std::optional<MessageId> MessageId::parse(std::string_view text) {
  if (text.size() != text_length) return std::nullopt;
  const auto range = ids_starting_with(text);
  if (!range) return std::nullopt;
  return range->first;
}

std::string MessageId::to_string() const {
  std::string text(text_length, '0');
  auto rest = value_;
  for (auto place = text.rbegin(); place != text.rend(); ++place) {
    *place = digits[rest % digits.size()];
    rest /= digits.size();
  }
  return text;
}

std::optional<MessageIdRange> ids_starting_with(std::string_view prefix) {
  if (prefix.empty() || prefix.size() > MessageId::text_length) return std::nullopt;
  // 13 digits are 65 bits and an id has 63: the first digit is at most 7.
  std::uint64_t value = 0;
  for (const char c : prefix) {
    const auto digit = digit_value(c);
    if (!digit || (&c == prefix.data() && *digit > 7)) return std::nullopt;
    value = (value << bits_per_digit) | *digit;
  }
  const auto missing_bits = bits_per_digit * (MessageId::text_length - prefix.size());
  const auto first = value << missing_bits;
  const auto last = first | ((std::uint64_t{1} << missing_bits) - 1);
  if (last == 0 || first > largest_value) return std::nullopt;
  return MessageIdRange{MessageId(std::max<std::uint64_t>(first, 1)), MessageId(last)};
}

std::string DeliveryId::to_string() const {
  return message.to_string() + "-" + std::to_string(number);
}

std::optional<DeliveryId> DeliveryId::parse(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto message = MessageId::parse(text.substr(0, dash));
  const std::string number_text(text.substr(dash + 1));
  if (!message || number_text.starts_with('0')) return std::nullopt;
  std::uint16_t number = 0;
  const auto* const end = number_text.data() + number_text.size();
  const auto [stopped, error] = std::from_chars(number_text.data(), end, number);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return DeliveryId{*message, number};
}

}  // namespace greyhound::queue
