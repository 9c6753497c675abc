// What a client asks to be told of its mail: the parameters of the DSN extension.
// Source: RFC 3461 sections 4.1 to 4.4 and 5.4, RFC 6533 section 3 (ORCPT of type utf-8).
// Limits: ENVID 100 characters, ORCPT 500. Both are kept as they came, to be passed on unchanged.
// Runs on: any. Pure. Errors: nullopt.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mail/envelope.hpp"

namespace greyhound::intake {

std::optional<mail::Return> parse_return(std::string_view value);      // RET=FULL or HDRS
std::optional<std::string> parse_envelope_id(std::string_view value);  // ENVID=xtext
// NOTIFY=NEVER, or a list of SUCCESS, FAILURE and DELAY.
std::optional<mail::Notify> parse_notify(std::string_view value);
// ORCPT=type;address, the address as xtext, or of type utf-8 in that one's encoding.
std::optional<std::string> parse_original_recipient(std::string_view value);

}  // namespace greyhound::intake
