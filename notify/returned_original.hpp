// What of the original message goes back with a notice: all of it, its header, or nothing.
// Source: RFC 6522 sections 3 and 4, RFC 3461 section 6.2 (only a failure returns the whole),
//         RFC 6533 section 4 (the types of a global report).
// Limits: at most 64 KiB of header. A message that no 8-bit part may hold (a NUL, a lone CR or LF,
//         a line over 998 octets) comes back as its header: it must not be changed or re-encoded.
#pragma once

#include <optional>

#include "notify/mime_part.hpp"
#include "notify/notice.hpp"
#include "notify/notice_text.hpp"

namespace greyhound::notify {

struct ReturnedOriginal {
  Returned kind = Returned::nothing;
  std::optional<MimePart> part = {};
};

ReturnedOriginal returned_original(const NoticeFacts& facts);

}  // namespace greyhound::notify
