// UTF-8 looked at character by character, and the form of it that fits where only ASCII may stand.
// Source: RFC 3629 (nothing overlong, no surrogates, at most U+10FFFF), RFC 6533 section 3.
// Runs on: any. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace greyhound::mail {

struct CodePoint {
  char32_t value;
  std::size_t length;  // in bytes
};

// The character at the front; nullopt if the bytes are not well-formed UTF-8. `text` is not empty.
std::optional<CodePoint> front_of(std::string_view text);

bool is_ascii(std::string_view text);  // no byte above 127
bool is_utf8(std::string_view text);

// Characters that act on the reader's screen instead of being shown on it: controls, line ends and
// changes of text direction.
bool acts_on_display(char32_t c);

// Whether bytes that come one by one are well-formed UTF-8. What ends inside a character is not
// noticed before the next one.
class Utf8Scan {
 public:
  void take(char c);
  bool is_valid() const { return is_valid_; }
  bool has_eight_bit() const { return has_eight_bit_; }

 private:
  std::string open_;  // the character that is not complete
  bool is_valid_ = true;
  bool has_eight_bit_ = false;
};

// utf-8-addr-xtext: an address of type "utf-8" for ORCPT and for fields of a report in ASCII;
// what has no place there becomes \x{HEX}. `text` is UTF-8.
std::string to_utf8_xtext(std::string_view text);

}  // namespace greyhound::mail
