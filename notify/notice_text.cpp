#include "notify/notice_text.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "mail/utf8.hpp"
#include "notify/delivery_status.hpp"
#include "notify/mime_part.hpp"
#include "notify/notice_date.hpp"
#include "notify/safe_text.hpp"

namespace greyhound::notify {
namespace {

using mail::ReplyClass;
using mail::Stage;
using mail::Verdict;

constexpr std::size_t text_width = 72;

// A paragraph of our own words, broken at spaces.
std::string paragraph(std::string_view words, std::string_view indent = "") {
  std::string out(indent);
  std::size_t column = indent.size();
  while (!words.empty()) {
    const auto word = words.substr(0, words.find(' '));
    if (column > indent.size() && column + 1 + word.size() > text_width) {
      out += "\r\n";
      out += indent;
      column = indent.size();
    } else if (column > indent.size()) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    words.remove_prefix(std::min(words.size(), word.size() + 1));
  }
  return out + "\r\n";
}

std::string_view what_delays(const NoticeRecipient& about) {
  const bool has_answer = about.outcome.reply.has_value();
  if (about.outcome.verdict == Verdict::unknown) {
    return "The connection broke off after the whole message had been sent and before the answer "
           "came. It may have arrived all the same; to be sure, it is tried again.";
  }
  switch (about.reply_class) {
    case ReplyClass::greylist:
      return "The destination asked for a later attempt. Many mail servers ask this of everyone "
             "who "
             "writes for the first time (greylisting); it says nothing about your message.";
    case ReplyClass::rate_limit:
      return "The destination takes only so much mail at a time and asked for a later attempt.";
    case ReplyClass::mailbox_full:
      return "The mailbox is full for now, and the destination asked for a later attempt.";
    case ReplyClass::server_busy:
      return "The destination is busy or has trouble of its own and asked for a later attempt.";
    case ReplyClass::tls:
      return "No secure connection to the destination could be made.";
    case ReplyClass::dns_or_auth:
      if (!has_answer) return "The destination could not be found in the name system for now.";
      break;
    case ReplyClass::connection:
      return "The destination could not be reached.";
    case ReplyClass::unknown:
    case ReplyClass::policy:
    case ReplyClass::content:
      break;
  }
  return has_answer ? "The destination asked for a later attempt."
                    : "The destination could not be reached.";
}

std::string_view what_failed(const mail::Outcome& outcome) {
  if (outcome.verdict == Verdict::unknown) {
    return "The connection broke off after the whole message had been sent and before the answer "
           "came, so it may have arrived all the same. Now the time set for it is used up.";
  }
  if (has_expired(outcome)) {
    return "It could not be delivered before the time or the number of attempts set for it was "
           "used "
           "up.";
  }
  if (outcome.reply) return "The destination refused the message, and its answer is final.";
  if (outcome.stage == Stage::dns) return "The domain does not exist or takes no mail.";
  return "The message cannot be delivered, and another attempt would not change that.";
}

std::string answer(const NoticeRecipient& about) {
  std::string out;
  if (!about.outcome.reason.empty()) {
    out += fmt::format("  What was seen here:\r\n    {}\r\n", readable_utf8(about.outcome.reason));
  }
  if (!about.outcome.reply) return out;
  const auto who = about.host.empty() ? "the destination" : safe_host(about.host);
  out += fmt::format("  The answer of {}:\r\n", who);
  for (const auto& line : reply_lines(*about.outcome.reply)) {
    out += fmt::format("    {}\r\n", readable_utf8(line));
  }
  return out;
}

std::string about_recipient(const NoticeFacts& facts, const NoticeRecipient& about) {
  const bool is_delay = facts.kind == NoticeKind::delay;
  auto out = fmt::format("<{}>\r\n", about.recipient.address.text());
  out += paragraph(is_delay ? what_delays(about) : what_failed(about.outcome), "  ");
  out += answer(about);
  if (about.last_attempt) {
    out += fmt::format("  Last attempt:      {}\r\n", plain_date(*about.last_attempt));
  }
  if (is_delay && about.next_attempt) {
    const bool is_ahead = *about.next_attempt > facts.now;
    const auto when = is_ahead ? plain_date(*about.next_attempt) : "in a moment";
    out += fmt::format("  Next attempt:      {}\r\n", when);
  }
  if (is_delay && about.expires) {
    out += fmt::format("  Tries go on until: {}\r\n", plain_date(*about.expires));
  }
  return out + "\r\n";
}

std::string opening(const NoticeFacts& facts) {
  if (facts.kind == NoticeKind::delay) {
    return paragraph(
        "Your message is delayed. There is nothing you need to do: this is not a "
        "failure. The message is kept here and is tried again by itself.");
  }
  auto out = paragraph(
      "Your message could not be delivered to the following. It will not be tried "
      "again.");
  if (facts.delay_notice_at) {
    const auto date = plain_date(*facts.delay_notice_at);
    out += "\r\n" + paragraph(fmt::format("This follows the delay notice of {}.", date));
  }
  return out;
}

std::string_view closing(NoticeKind kind) {
  return kind == NoticeKind::delay
             ? "No other notice of a delay will come for this message."
             : "You can check the address and what the answer says, and send the message anew.";
}

std::string_view what_is_attached(Returned returned) {
  switch (returned) {
    case Returned::nothing:
      return "";
    case Returned::header:
      return "The header of your message is attached.";
    case Returned::cut_header:
      return "The first part of the header of your message is attached.";
    case Returned::whole:
      return "Your message is attached.";
  }
  return "";
}

}  // namespace

std::string notice_subject(const NoticeFacts& facts) {
  const std::string_view word = facts.kind == NoticeKind::delay ? "Delayed" : "Undeliverable";
  if (facts.recipients.size() != 1) {
    return fmt::format("{}: your message to {} recipients", word, facts.recipients.size());
  }
  const auto address = facts.recipients.front().recipient.address.on_the_wire();
  // In a quoted local part there may be what a mail reader would decode as an encoded word; and a
  // header beyond ASCII would not come through to every sender.
  const bool is_plain =
      mail::is_ascii(address) && address.find_first_of(" \"\\") == std::string::npos;
  return fmt::format("{}: your message to {}", word, is_plain ? address : "one recipient");
}

std::string notice_text(const NoticeFacts& facts, const Reporter& reporter, Returned returned) {
  auto out = paragraph(fmt::format("This is the mail system of {}.", safe_host(reporter.hostname)));
  out += "\r\n" + opening(facts) + "\r\n";
  for (const auto& recipient : facts.recipients)
    out += about_recipient(facts, recipient);
  out += paragraph(closing(facts.kind));
  if (const auto words = what_is_attached(returned); !words.empty()) out += paragraph(words);
  out += "\r\n";
  return out +
         paragraph(fmt::format(
             "Received here: {}, as {}", plain_date(facts.arrived), plain_id(facts.original_id)));
}

}  // namespace greyhound::notify
