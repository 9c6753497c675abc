// What the Content- fields of a MIME entity say, as far as it decides how the entity is read.
// Source: RFC 2045 sections 4, 5.1 and 6.1; RFC 5322 section 3.2.2 (comments).
// Errors: nullopt for whatever two readers could understand differently.
// Runs on: any. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace greyhound::smtp {

struct ContentType {
  std::string type;      // "text/plain", lower case
  std::string boundary;  // empty: none is given
};

// `value`: behind the colon, unfolded.
std::optional<ContentType> parse_content_type(std::string_view value);

// The one token of a field, lower case, without comments: "8bit" of Content-Transfer-Encoding,
// "1.0" of MIME-Version.
std::optional<std::string> parse_token(std::string_view value);

}  // namespace greyhound::smtp
