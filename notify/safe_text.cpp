#include "notify/safe_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace greyhound::notify {
namespace {

struct CodePoint {
  char32_t value;
  std::size_t length;  // in bytes
};

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

// The character at the front; nullopt if the bytes are not well-formed UTF-8. `text` is not empty.
std::optional<CodePoint> front_of(std::string_view text) {
  constexpr std::array<char32_t, 5> least_of_length{0, 0, 0x80, 0x800, 0x10000};
  const auto lead = static_cast<unsigned char>(text.front());
  const auto length = sequence_length(lead);
  if (length == 0 || length > text.size()) return std::nullopt;
  char32_t value = length == 1 ? lead : lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0U) != 0x80) return std::nullopt;
    value = (value << 6) | (byte & 0x3fU);
  }
  const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < least_of_length[length] || value > 0x10ffff || is_surrogate) return std::nullopt;
  return CodePoint{value, length};
}

// Characters that would act on the reader's screen instead of being shown on it.
bool acts_on_display(char32_t c) {
  const auto within = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  return c < 0x20 || within(0x7f, 0x9f) || within(0x200e, 0x200f) || within(0x2028, 0x202e) ||
         within(0x2066, 0x2069) || c == 0x061c || c == 0xfeff;
}

void append_escaped(std::string& out, char byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(byte);
  out += "\\x";
  out += digits[value >> 4U];
  out += digits[value & 0xfU];
}

std::optional<char> hex_byte(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != 2 || error != std::errc{} || end != text.data() + text.size()) return {};
  return static_cast<char>(value);
}

}  // namespace

std::string ascii_only(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\t') {
      out += ' ';
    } else if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      append_escaped(out, c);
    }
  }
  return out;
}

std::string readable_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto character = front_of(text);
    const auto bytes = text.substr(0, character ? character->length : 1);
    if (text.front() == '\t') {
      out += ' ';
    } else if (character && !acts_on_display(character->value)) {
      out += bytes;
    } else {
      for (const char byte : bytes)
        append_escaped(out, byte);
    }
    text.remove_prefix(bytes.size());
  }
  return out;
}

bool is_ascii(std::string_view text) {
  return std::all_of(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto character = front_of(text);
    if (!character) return false;
    text.remove_prefix(character->length);
  }
  return true;
}

std::optional<std::string> decode_xtext(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    if (c == '+') {
      const auto byte = hex_byte(text.substr(1, 2));
      if (!byte) return std::nullopt;
      out += *byte;
      text.remove_prefix(3);
      continue;
    }
    if (c < '!' || c > '~' || c == '=') return std::nullopt;
    out += c;
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace greyhound::notify
