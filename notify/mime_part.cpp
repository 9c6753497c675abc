#include "notify/mime_part.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "mail/utf8.hpp"

namespace greyhound::notify {
namespace {

constexpr std::size_t fold_at = 78;
constexpr std::size_t max_encoded_words_line = 76;  // RFC 2047 section 2
constexpr std::size_t max_encoded_line = 76;        // RFC 2045 section 6.7, rule 5
constexpr std::size_t max_id = 40;                  // leaves room below the 70 of a boundary

// Adds `text` word by word to `out`, whose last line is `column` octets long. Folds before a space,
// which starts the next line, but not before the first word; a word that fits no line is broken.
void append_words(std::string& out, std::size_t column, std::string_view text, std::size_t limit) {
  constexpr std::size_t most_spaces = 64;  // a line of nothing but spaces would end the header
  for (bool is_first_word = true;; is_first_word = false) {
    const auto word = text.find_first_not_of(' ');
    if (word == std::string_view::npos) return;
    if (word > most_spaces) text.remove_prefix(word - most_spaces);
    const auto end = std::min(text.find(' ', text.find_first_not_of(' ')), text.size());
    auto piece = text.substr(0, end);
    text.remove_prefix(end);
    if (column + piece.size() > limit && !is_first_word) {
      out += "\r\n";
      column = 0;
    }
    while (column + piece.size() > max_line_octets) {
      const auto room = max_line_octets - column;
      out += piece.substr(0, room);
      out += "\r\n ";
      piece.remove_prefix(room);
      column = 1;
    }
    out += piece;
    column += piece.size();
  }
}

bool is_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

std::string encoded_line(std::string_view line) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool is_last = i + 1 == line.size();
    const bool is_blank = c == ' ' || c == '\t';
    const bool is_plain = (c > ' ' && c <= '~' && c != '=') || (is_blank && !is_last);
    const auto token =
        is_plain ? std::string(1, c) : fmt::format("={:02X}", static_cast<unsigned char>(c));
    // One column stays free for the '=' of a soft line break.
    if (column + token.size() > max_encoded_line - (is_last ? 0 : 1)) {
      out += "=\r\n";
      column = 0;
    }
    out += token;
    column += token.size();
  }
  return out;
}

// RFC 2047 section 5, rule 3: what may stand for itself even in a name.
std::string encoded_in_word(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (is_letter || (c >= '0' && c <= '9') || c == '-' || c == '!' || c == '*' || c == '+' ||
      c == '/')
    return {c};
  if (c == ' ') return "_";
  return fmt::format("={:02X}", static_cast<unsigned char>(c));
}

}  // namespace

std::string header_words(std::string_view text) {
  if (mail::is_ascii(text) && text.find("=?") == std::string_view::npos) return std::string(text);
  constexpr std::string_view opening = "=?utf-8?Q?";
  // A word of 66 octets leaves room for "Subject: " in a line of 76 (RFC 2047 section 2).
  constexpr std::size_t longest = 66 - opening.size() - 2;
  std::string out;
  std::string word;
  const auto end_word = [&] {
    if (word.empty()) return;
    out += fmt::format("{}{}{}?=", out.empty() ? "" : " ", opening, word);
    word.clear();
  };
  while (!text.empty()) {
    const auto next = mail::front_of(text);
    const auto length = next ? next->length : 1;
    std::string encoded;
    for (const char c : text.substr(0, length))
      encoded += encoded_in_word(c);
    if (word.size() + encoded.size() > longest) end_word();
    word += encoded;
    text.remove_prefix(length);
  }
  end_word();
  return out;
}

std::string display_name(std::string_view text) {
  auto words = header_words(text);
  const bool is_plain = std::all_of(words.begin(), words.end(), [](char c) {
    return (is_id_character(c) && c != '.') || c == ' ';
  });
  if (is_plain || words != text) return words;  // encoded words are none between quotes
  std::string quoted = "\"";
  for (const char c : words) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string header_field(std::string_view name, std::string_view value) {
  std::string out = fmt::format("{}:", name);
  const bool has_encoded_words = value.find("=?") != std::string_view::npos;
  const auto limit = has_encoded_words ? max_encoded_words_line : fold_at;
  append_words(out, out.size(), fmt::format(" {}", value), limit);
  return out + "\r\n";
}

std::string header_field_of_lines(std::string_view name, const std::vector<std::string>& lines) {
  std::string out = fmt::format("{}:", name);
  const auto name_octets = out.size();
  for (const auto& line : lines) {
    if (line.find_first_not_of(' ') == std::string::npos) continue;
    const bool is_first_line = out.size() == name_octets;
    if (!is_first_line) out += "\r\n";
    append_words(out, is_first_line ? name_octets : 0, " " + line, max_line_octets);
  }
  return out + "\r\n";
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  while (true) {
    const auto end = text.find("\r\n");
    out += encoded_line(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += "\r\n";
    text.remove_prefix(end + 2);
  }
}

std::string MimePart::to_string() const {
  auto out = header_field("Content-Type", type);
  out += header_field("Content-Transfer-Encoding", encoding);
  if (!language.empty()) out += header_field("Content-Language", language);
  return out + "\r\n" + content;
}

MimePart text_part(std::string type, std::string_view text) {
  if (mail::is_ascii(text) && !has_long_line(text))
    return {std::move(type), "7bit", std::string(text)};
  return {std::move(type), "quoted-printable", quoted_printable(text)};
}

std::string boundary_for(std::string_view id, std::string_view content) {
  // The '=' at the end keeps "…_1=" from being the start of "…_12=". Numbers that the content has
  // used up are found in one pass: a hostile sender can guess the id and write many.
  const auto stem = fmt::format("=_{}_", plain_id(id));
  const auto marker = "--" + stem;
  std::set<std::size_t> taken;
  for (auto at = content.find(marker); at != std::string_view::npos;
       at = content.find(marker, at + marker.size())) {
    const auto tail = content.substr(at + marker.size(), 20);
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(tail.data(), tail.data() + tail.size(), number);
    if (error == std::errc{}) taken.insert(number);
  }
  std::size_t free_number = 0;
  while (taken.contains(free_number))
    ++free_number;
  return fmt::format("{}{}=", stem, free_number);
}

std::string plain_id(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_id_character(c) && out.size() < max_id) out += c;
  }
  return out.empty() ? "notice" : out;
}

bool has_long_line(std::string_view text) {
  while (true) {
    const auto end = text.find("\r\n");
    if (std::min(end, text.size()) > max_line_octets) return true;
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 2);
  }
}

}  // namespace greyhound::notify
