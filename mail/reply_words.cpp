#include "mail/reply_words.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

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
enum ByteKind : std::uint8_t {
  space = 1,  // controls too
  ends_token = 2,
  ends_url = 4,
  of_name = 8,  // no address, name or URL is without one of these
  eight_bit = 16,
};

constexpr std::array<std::uint8_t, 256> make_kinds() {
  std::array<std::uint8_t, 256> kinds = {};
  for (std::size_t byte = 0; byte <= ' '; ++byte)
    kinds[byte] = space | ends_token | ends_url;
  kinds[0x7f] = space | ends_token | ends_url;
  for (std::size_t byte = 0x80; byte < kinds.size(); ++byte)
    kinds[byte] = eight_bit;
  for (const char c : std::string_view("<>()[]{}\"'`,;|="))
    kinds[static_cast<unsigned char>(c)] |= ends_token;
  for (const char c : std::string_view("<>\")"))
    kinds[static_cast<unsigned char>(c)] |= ends_url;
  for (const char c : std::string_view(".:@"))
    kinds[static_cast<unsigned char>(c)] |= of_name;
  return kinds;
}
constexpr auto kinds = make_kinds();

std::uint8_t kinds_of(char c) {
  return kinds[static_cast<unsigned char>(c)];
}

// The front of a text up to a byte of some kind, and every kind that is in it.
struct Run {
  std::size_t length = 0;
  std::uint8_t seen = 0;
};

Run run_until(std::string_view text, ByteKind end) {
  Run run;
  for (const char c : text) {
    const auto kind = kinds_of(c);
    if ((kind & end) != 0) break;
    run.seen |= kind;
    ++run.length;
  }
  return run;
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

// Of "hour(s)" what the line begins with: the ending of a plural that may be none. 0: none is here.
std::size_t plural_ending(std::string_view line) {
  for (const std::string_view ending : {"(s)", "(es)", "(n)", "(en)", "(e)"}) {
    if (line.starts_with(ending)) return ending.size();
  }
  return 0;
}

void add_text(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    std::size_t length = 1;
    if (byte < 0x80) {
      out += text.front();
    } else if (const auto character = front_of(text)) {
      length = character->length;
      out += text.substr(0, length);
    } else {
      out += static_cast<char>(0xc0U | (byte >> 6U));
      out += static_cast<char>(0x80U | (byte & 0x3fU));
    }
    text.remove_prefix(length);
  }
}

// Letters of two bytes: À to Þ, Α to Ω and А to Я. The lower ones of the latter two stand 0x20
// behind them, some of these beyond the last code that the first byte covers.
void lower_beyond_ascii(std::string& text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(text[i + 1]);
    const bool is_latin = byte == 0xc3 && next >= 0x80 && next <= 0x9e;
    const bool is_greek = byte == 0xce && next >= 0x91 && next <= 0xa9;
    const bool is_cyrillic = byte == 0xd0 && next >= 0x90 && next <= 0xaf;
    if (!is_latin && !is_greek && !is_cyrillic) continue;
    const bool is_beyond = !is_latin && next >= 0xa0;
    text[i] = static_cast<char>(is_beyond ? byte + 1 : byte);
    text[i + 1] = static_cast<char>(is_beyond ? next - 0x20 : next + 0x20);
  }
}

void lower(std::string& text) {
  unsigned char all = 0;
  for (char& c : text) {
    all |= static_cast<unsigned char>(c);
    c = static_cast<char>(c + (is_upper(c) ? 'a' - 'A' : 0));
  }
  if (all >= 0x80) lower_beyond_ascii(text);
}

}  // namespace

ReplyWords::ReplyWords(const std::vector<std::string>& lines) {
  std::size_t left = most_bytes;
  for (const auto& line : lines) {
    const auto part = std::string_view(line).substr(0, left);
    left -= part.size();
    words_.reserve(words_.size() + part.size() + 1);
    add_line(part);
    add_space();
  }
  if (words_.ends_with(' ')) words_.pop_back();
  lower(words_);
  lower(names_);
}

void ReplyWords::add_line(std::string_view line) {
  while (!line.empty()) {
    auto run = run_until(line, ends_token);
    if (run.length == 0) {
      run.length = 1;
      const bool may_end_word = line.front() == '(' && !words_.empty() && is_letter(words_.back());
      const auto plural = may_end_word ? plural_ending(line) : 0;
      if (plural > 0) {
        run.length = plural;
      } else if ((kinds_of(line.front()) & space) != 0) {
        add_space();
      } else {
        words_ += line.front();
      }
    } else if ((run.seen & of_name) != 0) {
      const bool is_url = line.substr(0, run.length).find("://") != line.npos;
      if (is_url) run = run_until(line, ends_url);
      add_token(line.substr(0, run.length));
    } else if ((run.seen & eight_bit) != 0) {
      add_text(words_, line.substr(0, run.length));
    } else {
      words_ += line.substr(0, run.length);
    }
    line.remove_prefix(run.length);
  }
}

void ReplyWords::add_space() {
  if (!words_.empty() && words_.back() != ' ') words_ += ' ';
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
    words_ += somebody;
  } else {
    return add_text(words_, token);
  }
  add_text(words_, token.substr(core.size()));
}

void ReplyWords::add_name(std::string_view name) {
  words_ += somebody;
  if (!names_.empty()) names_ += ' ';
  add_text(names_, name);
}

}  // namespace greyhound::mail
