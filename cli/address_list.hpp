// Reads the mailboxes of a To, Cc or Bcc field, as `sendmail -t` needs them. Pure.
// Source: RFC 5322 section 3.4 and 4.4 (groups, comments, quoted names, source routes).
// Errors: Fault::protocol for what cannot be read; nothing is guessed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/result.hpp"

namespace greyhound::cli {

// "local@domain" or a bare "local" each, without brackets, names and comments.
Result<std::vector<std::string>> mailboxes_in(std::string_view field_body);

}  // namespace greyhound::cli
