// Composes a notice: multipart/report with plain words, message/delivery-status and what is
// returned of the original. Pure: the same facts give the same bytes.
// Source: RFC 6522, RFC 3464, RFC 3461 section 6, RFC 3834 section 5, RFC 6533.
// Limits: all lines CR LF, at most 998 octets; 7-bit unless the returned original or the way back
//         is not; nothing a server or sender wrote can start a header field or a part.
#pragma once

#include <string>

#include "notify/notice.hpp"

namespace greyhound::notify {

// The whole message, header first. Envelope: from <>, to facts.to, NOTIFY=NEVER.
std::string compose(const NoticeFacts& facts, const Reporter& reporter);

}  // namespace greyhound::notify
