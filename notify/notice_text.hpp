// The words of a notice that people read: what happened, why, what happens next, and what the
// server said, word for word.
// Source: RFC 6522 section 3 (first part of a report).
#pragma once

#include <string>

#include "notify/notice.hpp"

namespace greyhound::notify {

// How much of the original goes back with the notice.
enum class Returned : std::uint8_t { nothing, header, cut_header, whole };

// Plain ASCII; has the word that tells a delay from a failure at its front.
std::string notice_subject(const NoticeFacts& facts);

// CR LF lines; UTF-8 only where a server wrote some.
std::string notice_text(const NoticeFacts& facts, const Reporter& reporter, Returned returned);

}  // namespace greyhound::notify
