#include "mail/enhanced_status.hpp"

#include <charconv>

namespace greyhound::mail {
namespace {

// One of the dotted numbers: 1 to 3 digits, no leading zero.
std::optional<std::uint16_t> take_part(std::string_view& text) {
  const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
  if (digits.empty() || digits.size() > 3) return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  std::uint16_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  text.remove_prefix(digits.size());
  return value;
}

bool take_dot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<EnhancedStatus> EnhancedStatus::parse(std::string_view text) {
  const auto first = take_part(text);
  if (!first || (*first != 2 && *first != 4 && *first != 5) || !take_dot(text)) return std::nullopt;
  const auto subject = take_part(text);
  if (!subject || !take_dot(text)) return std::nullopt;
  const auto detail = take_part(text);
  if (!detail || !text.empty()) return std::nullopt;
  return EnhancedStatus(static_cast<Class>(*first), *subject, *detail);
}

std::string EnhancedStatus::to_string() const {
  return std::to_string(static_cast<int>(class_)) + "." + std::to_string(subject_) + "." +
         std::to_string(detail_);
}

}  // namespace greyhound::mail
