#include "notify/safe_text.hpp"

#include <charconv>

#include "mail/utf8.hpp"

namespace greyhound::notify {
namespace {

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
    const auto character = mail::front_of(text);
    const auto bytes = text.substr(0, character ? character->length : 1);
    if (text.front() == '\t') {
      out += ' ';
    } else if (character && !mail::acts_on_display(character->value)) {
      out += bytes;
    } else {
      for (const char byte : bytes)
        append_escaped(out, byte);
    }
    text.remove_prefix(bytes.size());
  }
  return out;
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
