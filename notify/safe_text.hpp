// Text from outside made fit for a notice: nothing of it can end a line, start a field or drive a
// terminal, and what was changed can still be read (an odd byte becomes \xNN).
// Source: RFC 3464 section 4 (what a remote server says is not to be trusted), RFC 3461 section 4
// (xtext).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace greyhound::notify {

// Printable ASCII: a tab becomes a space, every other byte outside it \xNN.
std::string ascii_only(std::string_view text);

// As ascii_only, but keeps well-formed UTF-8 except control and text-direction characters.
std::string readable_utf8(std::string_view text);

// nullopt: not xtext.
std::optional<std::string> decode_xtext(std::string_view text);

}  // namespace greyhound::notify
