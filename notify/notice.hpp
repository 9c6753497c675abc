// Notices (DSN) as values: what one is about, and the finished message.
// Source: RFC 3464 (delivery-status), RFC 6522 (multipart/report), RFC 3461 section 6, RFC 3834.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mail/envelope.hpp"
#include "mail/outcome.hpp"
#include "mail/reply_class.hpp"
#include "runtime/clock.hpp"

namespace greyhound::notify {

enum class NoticeKind : std::uint8_t { delay, failure };

// One recipient that the notice is about.
struct NoticeRecipient {
  mail::Recipient recipient;
  mail::Outcome outcome;  // what was said last; for a failure: why it is final
  std::string host;       // the MX that said it; empty: none was reached
  std::optional<Instant> last_attempt;
  std::optional<Instant> next_attempt;  // delay only
  std::optional<Instant> expires;       // delay only: Will-Retry-Until
  mail::ReplyClass reply_class = mail::ReplyClass::unknown;
};

struct NoticeFacts {
  NoticeKind kind;
  std::string id;           // of the notice: for its Message-ID and boundary
  std::string original_id;  // queue id of the message it is about
  mail::Address to;         // the reverse path of that message
  std::string envelope_id;  // ENVID as received (xtext), empty: none
  Instant arrived;
  Instant now;
  std::optional<Instant> delay_notice_at;     // a failure says that it follows a delay notice
  std::string original_message_id;            // "<x@y>", empty: none
  std::string original_head;                  // header section of the stored message, CR LF lines
  std::optional<std::string> original_whole;  // all of it, if it is to be returned in full
  std::vector<NoticeRecipient> recipients;    // one or more
};

struct Reporter {
  std::string hostname;    // Reporting-MTA
  std::string postmaster;  // the mailbox of From, complete
};

}  // namespace greyhound::notify
