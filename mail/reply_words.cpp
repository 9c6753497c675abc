#include "mail/reply_words.hpp"

#include <algorithm>

#include "mail/utf8.hpp"

namespace greyhound::mail {
namespace {

// Stands for the address or name that was there.
constexpr char somebody = '@';

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_letter(char c) {
  return is_upper(c) || is_lower(c);
}

// What a byte is to a reader of replies; every one is looked at, so this is a table.
struct ByteKinds {
  std::array<bool, 256> is_space = {};  // controls too
  std::array<bool, 256> ends_token = {};
  std::array<bool, 256> ends_url = {};
  std::array<bool, 256> is_of_name = {};  // no address, name or URL is without one of these

  constexpr ByteKinds() {
    for (std::size_t byte = 0; byte <= ' '; ++byte)
      is_space[byte] = true;
    is_space[0x7f] = true;
    ends_token = is_space;
    ends_url = is_space;
    for (const char c : std::string_view("<>()[]{}\"'`,;|="))
      ends_token[static_cast<unsigned char>(c)] = true;
    for (const char c : std::string_view("<>\")"))
      ends_url[static_cast<unsigned char>(c)] = true;
    for (const char c : std::string_view(".:@"))
      is_of_name[static_cast<unsigned char>(c)] = true;
  }
};
constexpr ByteKinds kinds;

bool is(const std::array<bool, 256>& kind, char c) {
  return kind[static_cast<unsigned char>(c)];
}

std::size_t length_until(std::string_view text, const std::array<bool, 256>& kind) {
  std::size_t length = 0;
  while (length < text.size() && !is(kind, text[length]))
    ++length;
  return length;
}

// 192.0.2.1 or 2001:db8::1; a time has two colons.
bool is_like_ip(std::string_view token) {
  const auto is_part = [](char c) {
    return is_digit(c) || c == '.' || c == ':' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  const auto dots = std::count(token.begin(), token.end(), '.');
  const auto colons = std::count(token.begin(), token.end(), ':');
  return (dots >= 3 || colons >= 3) && std::all_of(token.begin(), token.end(), is_part);
}

// mx1.example.org, but neither 4.7.1 nor "later.Please".
bool is_like_host(std::string_view token) {
  const auto last_dot = token.rfind('.');
  if (last_dot == token.npos || last_dot == 0) return false;
  const auto last = token.substr(last_dot + 1);
  if (last.size() < 2 || !std::all_of(last.begin(), last.end(), is_letter)) return false;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const char c = token[i];
    if (!is_letter(c) && !is_digit(c) && c != '.' && c != '-' && c != '_') return false;
    if (c != '.' || i == 0) continue;
    if (token[i - 1] == '.' || (is_lower(token[i - 1]) && is_upper(token[i + 1]))) return false;
  }
  return true;
}

}  // namespace

void ReplyWords::Buffer::add_text(std::string_view text) {
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    std::size_t length = 1;
    if (byte < 0x80) {
      add(text.front());
    } else if (const auto character = front_of(text)) {
      length = character->length;
      if (size + length > bytes.size()) return;
      for (const char c : text.substr(0, length))
        add(c);
    } else {
      add(static_cast<char>(0xc0U | (byte >> 6U)));
      add(static_cast<char>(0x80U | (byte & 0x3fU)));
    }
    text.remove_prefix(length);
  }
}

ReplyWords::ReplyWords(const std::vector<std::string>& lines) {
  std::size_t left = most_bytes;
  for (const auto& line : lines) {
    const auto part = std::string_view(line).substr(0, left);
    left -= part.size();
    add_line(part);
    add_space();
  }
  if (words_.size > 0 && words_.view().back() == ' ') --words_.size;
}

void ReplyWords::add_line(std::string_view line) {
  while (!line.empty()) {
    if (is(kinds.is_space, line.front())) {
      add_space();
      line.remove_prefix(1);
    } else if (is(kinds.ends_token, line.front())) {
      words_.add(line.front());
      line.remove_prefix(1);
    } else {
      auto length = length_until(line, kinds.ends_token);
      const bool is_plain = length_until(line.substr(0, length), kinds.is_of_name) == length;
      if (is_plain) {
        words_.add_text(line.substr(0, length));
      } else {
        const bool is_url = line.substr(0, length).find("://") != line.npos;
        if (is_url) length = length_until(line, kinds.ends_url);
        add_token(line.substr(0, length));
      }
      line.remove_prefix(length);
    }
  }
}

void ReplyWords::add_space() {
  if (words_.size > 0 && words_.view().back() != ' ') words_.add(' ');
}

void ReplyWords::add_token(std::string_view token) {
  const auto last = token.find_last_not_of(".:!?");
  const auto core = token.substr(0, last == token.npos ? 0 : last + 1);
  const auto at = core.find('@');
  const bool is_address = at != core.npos && at > 0 && at + 1 < core.size();
  const bool is_url = core.find("://") != core.npos || core.starts_with("www.");
  if (is_url || is_like_host(core)) {
    add_name(core);
  } else if (is_address || is_like_ip(core)) {
    words_.add(somebody);
  } else {
    return words_.add_text(token);
  }
  words_.add_text(token.substr(core.size()));
}

void ReplyWords::add_name(std::string_view name) {
  words_.add(somebody);
  if (names_.size > 0) names_.add(' ');
  names_.add_text(name);
}

}  // namespace greyhound::mail
