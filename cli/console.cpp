#include "cli/console.hpp"

#include <cstdint>
#include <iostream>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace greyhound::cli {
namespace {

struct Character {
  std::uint32_t code_point = 0;
  std::size_t length = 0;  // 0: not UTF-8
};

// Source: RFC 3629 section 4; overlong forms and surrogates are no characters.
Character first_character(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
  std::uint32_t code_point = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code_point = (code_point << 6) | (byte(i) & 0x3f);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (code_point < least[length] || code_point > 0x10ffff || is_surrogate) return {};
  return {code_point, length};
}

// Unicode's explicit embeddings, overrides and isolates, and the line separators.
bool misleads(std::uint32_t code_point) {
  const auto is_within = [code_point](std::uint32_t first, std::uint32_t last) {
    return code_point >= first && code_point <= last;
  };
  return is_within(0x200e, 0x200f) || is_within(0x2028, 0x202e) || is_within(0x2066, 0x2069) ||
         code_point == 0x061c;
}

bool is_control(std::uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
}

}  // namespace

Console process_console() {
  std::ios::sync_with_stdio(false);  // stdio takes an error of reading for the end of what there is
  std::optional<std::size_t> width;
  if (::isatty(STDOUT_FILENO) == 1) {
    constexpr std::size_t usual = 80;
    winsize size{};
    const bool is_known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    width = is_known ? size.ws_col : usual;
  }
  return Console{.in = std::cin, .out = std::cout, .err = std::cerr, .width = width};
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto [code_point, length] = first_character(text);
    const bool is_safe = length > 0 && !is_control(code_point) && !misleads(code_point);
    const auto taken = text.substr(0, length > 0 ? length : 1);
    if (is_safe) {
      out += taken;
    } else {
      for (const char c : taken)
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    text.remove_prefix(taken.size());
  }
  return out;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view several) {
  auto text = std::to_string(count) + " ";
  if (count == 1) return text.append(one);
  return several.empty() ? text.append(one) + "s" : text.append(several);
}

}  // namespace greyhound::cli
