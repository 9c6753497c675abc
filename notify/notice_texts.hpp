// NoticeTexts: the words of notices in one language, as phrases with {placeholders}. The shipped
// ones are config/notices/*.json; an admin may change each phrase or add a language.
// Source: RFC 6522 section 3 (the first part of a report is in any language), RFC 5646 (tags).
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/clock.hpp"

namespace greyhound::notify {

enum class Phrase : std::uint8_t {
  from_name,
  delay_subject,
  delay_subject_several,
  failure_subject,
  failure_subject_several,
  relay_subject,
  relay_subject_several,
  bounce_subject,
  who_writes,
  delay_opening,
  failure_opening,
  follows_delay_notice,
  relay_opening,
  bounce_opening,
  bounce_opening_dropped,
  greylisted,
  rate_limited,
  mailbox_full,
  server_busy,
  no_secure_connection,
  not_found_for_now,
  not_reached,
  asked_for_later,
  in_doubt,
  usually_accepted,
  refused,
  expired,
  in_doubt_to_the_end,
  no_such_domain,
  cannot_be_delivered,
  relayed,
  seen_here,
  answer_of,
  answer_of_destination,
  last_attempt,
  next_attempt,
  next_attempt_now,
  further_attempts,
  given_up,
  delay_closing,
  failure_closing,
  header_attached,
  cut_header_attached,
  message_attached,
  received_here,
  date,
  minute,
  minutes,
  hour,
  hours,
  day,
  days,
};
constexpr std::size_t phrase_count = static_cast<std::size_t>(Phrase::days) + 1;

struct PhraseRule {
  Phrase phrase;
  std::string_view name;          // in the JSON files
  std::string_view placeholders;  // those it may hold, separated by spaces
};
std::span<const PhraseRule> phrase_rules();  // one for each phrase, in their order

struct NoticeTexts {
  std::string language;  // tag: "de"
  std::array<std::string, phrase_count> phrases;
  std::array<std::string, 7> weekdays;  // from Sunday
  std::array<std::string, 12> months;

  const std::string& of(Phrase phrase) const {
    return phrases.at(static_cast<std::size_t>(phrase));
  }
};
using NoticeTextsPtr = std::shared_ptr<const NoticeTexts>;

struct PlaceholderValue {
  std::string_view name;
  std::string_view text;
};

// The phrase with its placeholders filled in. One without a value stays as it is.
std::string filled(std::string_view phrase, std::initializer_list<PlaceholderValue> values);

// The first placeholder of `phrase` that is not among `allowed`, as it stands: "{recipent}".
std::optional<std::string> unknown_placeholder(std::string_view phrase, std::string_view allowed);

// "Sunday 1 March 2026, 12:00:00 UTC", in words of that language.
std::string plain_date(Instant instant, const NoticeTexts& texts);
// "10 minutes", "3 hours": rounded up, in the largest unit that says enough.
std::string plain_duration(Duration duration, const NoticeTexts& texts);

}  // namespace greyhound::notify
