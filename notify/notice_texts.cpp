#include "notify/notice_texts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "mail/date.hpp"

namespace greyhound::notify {
namespace {

constexpr auto rules = std::to_array<PhraseRule>({
    {Phrase::from_name, "from_name", ""},
    {Phrase::delay_subject, "delay_subject", "recipient"},
    {Phrase::delay_subject_several, "delay_subject_several", "count"},
    {Phrase::failure_subject, "failure_subject", "recipient"},
    {Phrase::failure_subject_several, "failure_subject_several", "count"},
    {Phrase::relay_subject, "relay_subject", "recipient"},
    {Phrase::relay_subject_several, "relay_subject_several", "count"},
    {Phrase::bounce_subject, "bounce_subject", "id"},
    {Phrase::who_writes, "who_writes", "host"},
    {Phrase::delay_opening, "delay_opening", ""},
    {Phrase::failure_opening, "failure_opening", ""},
    {Phrase::follows_delay_notice, "follows_delay_notice", "date"},
    {Phrase::relay_opening, "relay_opening", ""},
    {Phrase::bounce_opening, "bounce_opening", "date"},
    {Phrase::bounce_opening_dropped, "bounce_opening_dropped", ""},
    {Phrase::greylisted, "greylisted", ""},
    {Phrase::rate_limited, "rate_limited", ""},
    {Phrase::mailbox_full, "mailbox_full", ""},
    {Phrase::server_busy, "server_busy", ""},
    {Phrase::no_secure_connection, "no_secure_connection", ""},
    {Phrase::not_found_for_now, "not_found_for_now", ""},
    {Phrase::not_reached, "not_reached", ""},
    {Phrase::asked_for_later, "asked_for_later", ""},
    {Phrase::in_doubt, "in_doubt", ""},
    {Phrase::usually_accepted, "usually_accepted", "duration"},
    {Phrase::refused, "refused", ""},
    {Phrase::expired, "expired", ""},
    {Phrase::in_doubt_to_the_end, "in_doubt_to_the_end", ""},
    {Phrase::no_such_domain, "no_such_domain", ""},
    {Phrase::cannot_be_delivered, "cannot_be_delivered", ""},
    {Phrase::relayed, "relayed", ""},
    {Phrase::seen_here, "seen_here", ""},
    {Phrase::answer_of, "answer_of", "host"},
    {Phrase::answer_of_destination, "answer_of_destination", ""},
    {Phrase::last_attempt, "last_attempt", "date"},
    {Phrase::next_attempt, "next_attempt", "date"},
    {Phrase::next_attempt_now, "next_attempt_now", ""},
    {Phrase::further_attempts, "further_attempts", "dates"},
    {Phrase::given_up, "given_up", "date"},
    {Phrase::delay_closing, "delay_closing", ""},
    {Phrase::failure_closing, "failure_closing", ""},
    {Phrase::header_attached, "header_attached", ""},
    {Phrase::cut_header_attached, "cut_header_attached", ""},
    {Phrase::message_attached, "message_attached", ""},
    {Phrase::received_here, "received_here", "date id"},
    {Phrase::date, "date", "weekday day month year time"},
    {Phrase::minute, "minute", ""},
    {Phrase::minutes, "minutes", "count"},
    {Phrase::hour, "hour", ""},
    {Phrase::hours, "hours", "count"},
    {Phrase::day, "day", ""},
    {Phrase::days, "days", "count"},
});
static_assert(rules.size() == phrase_count);

// The next "{name}" of `text` from `from` on; empty: there is none.
std::string_view next_placeholder(std::string_view text, std::size_t from) {
  for (auto open = text.find('{', from); open != std::string_view::npos;
       open = text.find('{', open + 1)) {
    const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", open + 1);
    const bool is_one = end != std::string_view::npos && text[end] == '}' && end > open + 1;
    if (is_one) return text.substr(open, end + 1 - open);
  }
  return {};
}

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

}  // namespace

std::span<const PhraseRule> phrase_rules() {
  return rules;
}

std::string filled(std::string_view phrase, std::initializer_list<PlaceholderValue> values) {
  std::string out;
  std::size_t at = 0;
  for (auto next = next_placeholder(phrase, 0); !next.empty();
       next = next_placeholder(phrase, at)) {
    const auto open = static_cast<std::size_t>(next.data() - phrase.data());
    out += phrase.substr(at, open - at);
    const auto name = next.substr(1, next.size() - 2);
    const auto value = std::find_if(
        values.begin(), values.end(), [name](const auto& one) { return one.name == name; });
    out += value == values.end() ? next : value->text;
    at = open + next.size();
  }
  return out.append(phrase.substr(at));
}

std::optional<std::string> unknown_placeholder(std::string_view phrase, std::string_view allowed) {
  for (auto next = next_placeholder(phrase, 0); !next.empty();) {
    const auto name = next.substr(1, next.size() - 2);
    if (!has_word(allowed, name)) return std::string(next);
    const auto at = static_cast<std::size_t>(next.data() - phrase.data()) + next.size();
    next = next_placeholder(phrase, at);
  }
  return std::nullopt;
}

std::string plain_date(Instant instant, const NoticeTexts& texts) {
  const auto at = mail::calendar_of(instant);
  return filled(texts.of(Phrase::date),
                {{"weekday", texts.weekdays.at(at.weekday)},
                 {"day", std::to_string(at.day)},
                 {"month", texts.months.at(at.month)},
                 {"year", std::to_string(at.year)},
                 {"time", at.time}});
}

std::string plain_duration(Duration duration, const NoticeTexts& texts) {
  using std::chrono::ceil;
  const auto in_words = [&texts](std::int64_t count, Phrase one, Phrase several) {
    if (count == 1) return texts.of(one);
    return filled(texts.of(several), {{"count", std::to_string(count)}});
  };
  const auto minutes = std::max<std::int64_t>(1, ceil<std::chrono::minutes>(duration).count());
  if (minutes < 120 && minutes % 60 != 0) {
    return in_words(minutes, Phrase::minute, Phrase::minutes);
  }
  const auto hours = ceil<std::chrono::hours>(duration).count();
  if (hours < 48 && hours % 24 != 0) return in_words(hours, Phrase::hour, Phrase::hours);
  return in_words(ceil<std::chrono::days>(duration).count(), Phrase::day, Phrase::days);
}

}  // namespace greyhound::notify
