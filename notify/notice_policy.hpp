// Who is to be told: pure decisions from notification.json and what the sender asked for.
// Source: RFC 3461 sections 4.1 and 5.2, RFC 5321 sections 4.5.5 and 6.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "mail/envelope.hpp"
#include "notify/notification_settings.hpp"

namespace greyhound::notify {

// Whom it is from and for, and what the destination made of it.
struct NoticeSubject {
  std::string_view sender;  // "": the null reverse path
  std::string_view domain;
  mail::ReplyClass reply_class = mail::ReplyClass::unknown;
};
// Those of the first rule that matches, or the usual ones.
const NoticeTerms& terms_for(const NotificationSettings& settings, const NoticeSubject& subject);

// The first settlement for which this holds carries the message's one delay notice.
struct DelayCase {
  bool has_reverse_path;       // never to <>
  bool is_notice;              // a notice is never answered by another
  bool already_sent;           // the message's mark
  std::uint32_t retry_number;  // of the counted attempt that just failed; 0: the first attempt
  Duration age;
  std::optional<Duration> passes_in = {};  // as far as anybody can tell
};
bool delay_notice_is_due(const DelaySettings& settings, const DelayCase& facts);

// Whether this recipient may be named in a delay notice (NOTIFY, skip_bulk).
bool may_be_told_of_delay(const DelaySettings& settings, const mail::Notify& notify, bool is_bulk);

// Whether its permanent failure is reported (a null reverse path has been ruled out by the caller).
bool is_told_of_failure(const FailureSettings& settings, const mail::Notify& notify);

// Whether the sender asked to hear that it was delivered.
bool is_told_of_success(const SuccessSettings& settings, const mail::Notify& notify);

// Whether a failure notice returns the whole message, by RET and max_body_bytes.
bool returns_whole_message(const FailureSettings& settings,
                           mail::Return asked,
                           std::uint64_t size_bytes);

}  // namespace greyhound::notify
