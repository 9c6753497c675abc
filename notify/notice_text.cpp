#include "notify/notice_text.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "mail/utf8.hpp"
#include "notify/delivery_status.hpp"
#include "notify/mime_part.hpp"
#include "notify/safe_text.hpp"
#include "runtime/must.hpp"

namespace greyhound::notify {
namespace {

using mail::ReplyClass;
using mail::Stage;
using mail::Verdict;

constexpr std::size_t text_width = 72;

// Columns of a word: one for each UTF-8 character.
std::size_t columns_of(std::string_view word) {
  const auto is_front = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
  return static_cast<std::size_t>(std::count_if(word.begin(), word.end(), is_front));
}

// A paragraph of our own words, broken at spaces; of none: nothing.
std::string paragraph(std::string_view words, std::string_view indent = "") {
  if (words.empty()) return {};
  std::string out(indent);
  std::size_t column = indent.size();
  while (!words.empty()) {
    const auto word = words.substr(0, words.find(' '));
    const auto columns = columns_of(word);
    if (column > indent.size() && column + 1 + columns > text_width) {
      out += "\r\n";
      out += indent;
      column = indent.size();
    } else if (column > indent.size()) {
      out += ' ';
      ++column;
    }
    out += word;
    column += columns;
    words.remove_prefix(std::min(words.size(), word.size() + 1));
  }
  return out + "\r\n";
}

Phrase what_delays(const NoticeRecipient& about) {
  const bool has_answer = about.outcome.reply.has_value();
  if (about.outcome.verdict == Verdict::unknown) return Phrase::in_doubt;
  switch (about.reply_class) {
    case ReplyClass::greylist:
      return Phrase::greylisted;
    case ReplyClass::rate_limit:
      return Phrase::rate_limited;
    case ReplyClass::mailbox_full:
      return Phrase::mailbox_full;
    case ReplyClass::server_busy:
      return Phrase::server_busy;
    case ReplyClass::tls:
      return Phrase::no_secure_connection;
    case ReplyClass::dns_or_auth:
      if (!has_answer) return Phrase::not_found_for_now;
      break;
    case ReplyClass::connection:
      return Phrase::not_reached;
    case ReplyClass::unknown:
    case ReplyClass::policy:
    case ReplyClass::content:
      break;
  }
  return has_answer ? Phrase::asked_for_later : Phrase::not_reached;
}

Phrase what_failed(const mail::Outcome& outcome) {
  if (outcome.verdict == Verdict::unknown) return Phrase::in_doubt_to_the_end;
  if (has_expired(outcome)) return Phrase::expired;
  if (outcome.reply) return Phrase::refused;
  return outcome.stage == Stage::dns ? Phrase::no_such_domain : Phrase::cannot_be_delivered;
}

Phrase what_is_attached(Returned returned) {
  switch (returned) {
    case Returned::cut_header:
      return Phrase::cut_header_attached;
    case Returned::whole:
      return Phrase::message_attached;
    case Returned::nothing:
    case Returned::header:
      break;
  }
  return Phrase::header_attached;
}

// The words of one notice in one language.
class Writer {
 public:
  Writer(const NoticeFacts& facts, const Reporter& reporter, const NoticeTexts& texts)
      : facts_(facts), reporter_(reporter), texts_(texts) {}

  std::string text(Returned returned) const {
    auto out = paragraph(say(Phrase::who_writes, {{"host", safe_host(reporter_.hostname)}}));
    out += "\r\n" + opening() + "\r\n";
    for (const auto& recipient : facts_.recipients)
      out += about(recipient);
    out += closing();
    const bool is_theirs = facts_.kind != NoticeKind::bounce;  // who reads this wrote the message
    if (is_theirs && returned != Returned::nothing)
      out += paragraph(say(what_is_attached(returned)));
    out += "\r\n";
    return out +
           paragraph(say(Phrase::received_here,
                         {{"date", date(facts_.arrived)}, {"id", plain_id(facts_.original_id)}}));
  }

 private:
  std::string say(Phrase phrase, std::initializer_list<PlaceholderValue> values = {}) const {
    return filled(texts_.of(phrase), values);
  }
  std::string date(Instant instant) const { return plain_date(instant, texts_); }

  std::string opening() const {
    switch (facts_.kind) {
      case NoticeKind::delay:
        return paragraph(say(Phrase::delay_opening));
      case NoticeKind::relay:
        return paragraph(say(Phrase::relay_opening));
      case NoticeKind::bounce:
        if (!facts_.kept_until) return paragraph(say(Phrase::bounce_opening_dropped));
        return paragraph(say(Phrase::bounce_opening, {{"date", date(*facts_.kept_until)}}));
      case NoticeKind::failure:
        break;
    }
    auto out = paragraph(say(Phrase::failure_opening));
    if (!facts_.delay_notice_at) return out;
    return out + "\r\n" +
           paragraph(say(Phrase::follows_delay_notice, {{"date", date(*facts_.delay_notice_at)}}));
  }

  std::string about(const NoticeRecipient& recipient) const {
    auto out = fmt::format("<{}>\r\n", recipient.recipient.address.text());
    out += paragraph(say(reason(recipient)), "  ");
    if (facts_.kind == NoticeKind::delay && recipient.usual_passage) {
      const auto within = plain_duration(*recipient.usual_passage, texts_);
      out += paragraph(say(Phrase::usually_accepted, {{"duration", within}}), "  ");
    }
    out += answer(recipient);
    if (recipient.last_attempt) {
      out += paragraph(say(Phrase::last_attempt, {{"date", date(*recipient.last_attempt)}}), "  ");
    }
    if (facts_.kind == NoticeKind::delay) out += outlook(recipient);
    return out + "\r\n";
  }

  Phrase reason(const NoticeRecipient& recipient) const {
    if (facts_.kind == NoticeKind::delay) return what_delays(recipient);
    return facts_.kind == NoticeKind::relay ? Phrase::relayed : what_failed(recipient.outcome);
  }

  std::string answer(const NoticeRecipient& recipient) const {
    const auto& outcome = recipient.outcome;
    std::string out;
    if (!outcome.reason.empty()) {
      out += paragraph(say(Phrase::seen_here), "  ");
      out += fmt::format("    {}\r\n", readable_utf8(outcome.reason));
    }
    if (!outcome.reply) return out;
    const auto whose = recipient.host.empty()
                           ? say(Phrase::answer_of_destination)
                           : say(Phrase::answer_of, {{"host", safe_host(recipient.host)}});
    out += paragraph(whose, "  ");
    for (const auto& line : reply_lines(*outcome.reply)) {
      out += fmt::format("    {}\r\n", readable_utf8(line));
    }
    return out;
  }

  // What comes next for a recipient that is delayed.
  std::string outlook(const NoticeRecipient& recipient) const {
    std::string out;
    if (recipient.next_attempt) {
      const bool is_ahead = *recipient.next_attempt > facts_.now;
      const auto words = is_ahead
                             ? say(Phrase::next_attempt, {{"date", date(*recipient.next_attempt)}})
                             : say(Phrase::next_attempt_now);
      out += paragraph(words, "  ");
    }
    if (!recipient.further_attempts.empty()) {
      std::string dates;
      for (const auto further : recipient.further_attempts)
        dates += (dates.empty() ? "" : "; ") + date(further);
      out += paragraph(say(Phrase::further_attempts, {{"dates", dates}}), "  ");
    }
    if (recipient.expires) {
      out += paragraph(say(Phrase::given_up, {{"date", date(*recipient.expires)}}), "  ");
    }
    return out;
  }

  std::string closing() const {
    switch (facts_.kind) {
      case NoticeKind::delay:
        return paragraph(say(Phrase::delay_closing));
      case NoticeKind::failure:
        return paragraph(say(Phrase::failure_closing));
      case NoticeKind::relay:
      case NoticeKind::bounce:
        break;
    }
    return {};
  }

  const NoticeFacts& facts_;
  const Reporter& reporter_;
  const NoticeTexts& texts_;
};

// Between the languages.
constexpr std::string_view divider = "\r\n* * *\r\n\r\n";

std::string subject(const NoticeFacts& facts, Phrase one, Phrase several) {
  const auto& texts = *facts.texts.front();
  if (facts.recipients.size() != 1) {
    return filled(texts.of(several), {{"count", std::to_string(facts.recipients.size())}});
  }
  const auto& address = facts.recipients.front().recipient.address;
  return filled(texts.of(one), {{"recipient", readable_utf8(address.text())}});
}

}  // namespace

std::string notice_subject(const NoticeFacts& facts) {
  MUST(!facts.texts.empty());
  switch (facts.kind) {
    case NoticeKind::delay:
      return subject(facts, Phrase::delay_subject, Phrase::delay_subject_several);
    case NoticeKind::relay:
      return subject(facts, Phrase::relay_subject, Phrase::relay_subject_several);
    case NoticeKind::bounce:
      return filled(facts.texts.front()->of(Phrase::bounce_subject),
                    {{"id", plain_id(facts.original_id)}});
    case NoticeKind::failure:
      break;
  }
  return subject(facts, Phrase::failure_subject, Phrase::failure_subject_several);
}

std::string notice_text(const NoticeFacts& facts, const Reporter& reporter, Returned returned) {
  MUST(!facts.texts.empty());
  std::string out;
  for (const auto& texts : facts.texts) {
    if (!out.empty()) out += divider;
    out += Writer(facts, reporter, *texts).text(returned);
  }
  return out;
}

}  // namespace greyhound::notify
