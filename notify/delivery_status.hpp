// The part of a notice that programs read: message/delivery-status, or for a way back that takes
// UTF-8 message/global-delivery-status.
// Source: RFC 3464 sections 2.1 to 2.3, RFC 3461 sections 6.3 and 9.2, RFC 6533.
#pragma once

#include <string>
#include <vector>

#include "notify/notice.hpp"

namespace greyhound::notify {

// Content of the part: the fields about the message, then a block for each recipient. ASCII, but of
// a global one (RFC 6533 section 3) UTF-8.
std::string delivery_status(const NoticeFacts& facts, const Reporter& reporter);

// Whether a failure is the end of the lifetime and not a definite answer.
bool has_expired(const mail::Outcome& outcome);

// The host name or address literal for "dns;" fields and Message-ID; never empty.
std::string safe_host(const std::string& host);

// One entry for each line of the reply, code in front, still with whatever bytes the server sent
// except CR and LF.
std::vector<std::string> reply_lines(const mail::Reply& reply);

}  // namespace greyhound::notify
