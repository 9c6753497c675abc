#include "mail/utf8.hpp"

#include <algorithm>
#include <array>

namespace greyhound::mail {
namespace {

bool is_eight_bit(char c) {
  return (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

std::string hex(char32_t value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (; value != 0 || out.size() < 2; value >>= 4U)
    out.insert(out.begin(), digits[value & 0xfU]);
  return out;
}

// QCHAR of RFC 6533: printable, and nothing that xtext or the escape itself would take for its own.
bool stands_for_itself(char32_t c) {
  return c > ' ' && c <= '~' && c != '\\' && c != '+' && c != '=';
}

}  // namespace

std::optional<CodePoint> front_of(std::string_view text) {
  constexpr std::array<char32_t, 5> least_of_length{0, 0, 0x80, 0x800, 0x10000};
  const auto lead = static_cast<unsigned char>(text.front());
  const auto length = sequence_length(lead);
  if (length == 0 || length > text.size()) return std::nullopt;
  char32_t value = length == 1 ? lead : lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0U) != 0x80) return std::nullopt;
    value = (value << 6U) | (byte & 0x3fU);
  }
  const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < least_of_length[length] || value > 0x10ffff || is_surrogate) return std::nullopt;
  return CodePoint{value, length};
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), is_eight_bit);
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto character = front_of(text);
    if (!character) return false;
    text.remove_prefix(character->length);
  }
  return true;
}

bool acts_on_display(char32_t c) {
  const auto within = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  return c < 0x20 || within(0x7f, 0x9f) || within(0x200e, 0x200f) || within(0x2028, 0x202e) ||
         within(0x2066, 0x2069) || c == 0x061c || c == 0xfeff;
}

void Utf8Scan::take(char c) {
  if (!is_eight_bit(c)) {
    is_valid_ &= open_.empty();
    open_.clear();
    return;
  }
  has_eight_bit_ = true;
  if (!is_valid_) return;
  open_ += c;
  const auto length = sequence_length(static_cast<unsigned char>(open_.front()));
  if (open_.size() < length) return;
  is_valid_ = front_of(open_).has_value();
  open_.clear();
}

std::string to_utf8_xtext(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto character = front_of(text);
    if (!character) return out;
    if (stands_for_itself(character->value)) {
      out += text.front();
    } else {
      out += "\\x{" + hex(character->value) + "}";
    }
    text.remove_prefix(character->length);
  }
  return out;
}

}  // namespace greyhound::mail
