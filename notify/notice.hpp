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
#include "notify/notification_settings.hpp"
#include "runtime/clock.hpp"

namespace greyhound::notify {

enum class NoticeKind : std::uint8_t {
  delay,
  failure,
  relay,   // delivered to a system that reports nothing, where NOTIFY=SUCCESS asked for it
  bounce,  // to the postmaster: mail from <> that could not be delivered
};

// One recipient that the notice is about.
struct NoticeRecipient {
  mail::Recipient recipient;
  mail::Outcome outcome;  // what was said last; for a failure: why it is final
  std::string host;       // the MX that said it; empty: none was reached
  std::optional<Instant> last_attempt;
  // Of a delay.
  std::optional<Instant> next_attempt = {};
  std::vector<Instant> further_attempts = {};  // as far as the series tells
  std::optional<Instant> expires = {};         // Will-Retry-Until
  std::optional<Duration> usual_passage = {};  // after its first refusal; none: nobody knows
  mail::ReplyClass reply_class = mail::ReplyClass::unknown;
};

struct NoticeFacts {
  NoticeKind kind;
  std::string id;           // of the notice: for its Message-ID and boundary
  std::string original_id;  // queue id of the message it is about
  mail::Address to;         // the reverse path of that message, or the postmaster
  std::string envelope_id;  // ENVID as received (xtext), empty: none
  Instant arrived;
  Instant now;
  std::optional<Instant> delay_notice_at;     // a failure says that it follows a delay notice
  std::string original_message_id;            // "<x@y>", empty: none
  std::string original_head;                  // header section of the stored message, CR LF lines
  std::optional<std::string> original_whole;  // all of it, if it is to be returned in full
  std::vector<NoticeRecipient> recipients;    // one or more
  std::vector<NoticeTextsPtr> texts = {};     // one or more languages, in their order
  std::optional<Instant> kept_until = {};     // of a bounce; none: it is dropped

  // Only a way back that takes UTF-8 in addresses leads to such a sender (RFC 6533 section 4).
  bool is_global() const { return to.needs_smtp_utf8(); }
};

}  // namespace greyhound::notify
