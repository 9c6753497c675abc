// The pieces a notice is put together from: header fields, encoded parts, a boundary.
// Source: RFC 5322 sections 2.1.1 and 2.2.3 (line length, folding), RFC 2045 section 6.7 (quoted-
//         printable), RFC 2047 (encoded words), RFC 2046 section 5.1.1 (boundary).
// Limits: field values must be printable ASCII (notify/safe_text.hpp); lines come out at most 78
//         octets long where there is a space to fold at, and never longer than 998.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace greyhound::notify {

constexpr std::size_t max_line_octets = 998;  // without its CR LF

// "Name: value" CR LF, folded.
std::string header_field(std::string_view name, std::string_view value);

// Each entry on a line of its own, the later ones as folded lines. An entry is kept whole up to 998
// octets, so that the reader still sees which lines a server sent.
std::string header_field_of_lines(std::string_view name, const std::vector<std::string>& lines);

// For a field that people read: the text as it is, or as encoded words where it is not ASCII or
// looks like one (RFC 2047). `text` is UTF-8 without controls.
std::string header_words(std::string_view text);
// The same for the name beside an address (RFC 5322 section 3.4): quoted where it must be.
std::string display_name(std::string_view text);

// `text` has CR LF lines.
std::string quoted_printable(std::string_view text);

struct MimePart {
  std::string type;           // value of Content-Type
  std::string encoding;       // 7bit, 8bit or quoted-printable
  std::string content;        // encoded already
  std::string language = {};  // tags for Content-Language; empty: none

  std::string to_string() const;
};

// ASCII with short enough lines as it is, anything else quoted-printable. `text` has CR LF lines.
MimePart text_part(std::string type, std::string_view text);

// Made from `id` (letters, digits, '-' and '.' are used of it); its delimiter occurs nowhere in
// `content`, whatever a sender put there.
std::string boundary_for(std::string_view id, std::string_view content);

// Letters, digits, '-', '.' and '_' of `text`, at most 40: for ids in Message-ID and boundary.
std::string plain_id(std::string_view text);

bool has_long_line(std::string_view text);  // a line of more than 998 octets

}  // namespace greyhound::notify
