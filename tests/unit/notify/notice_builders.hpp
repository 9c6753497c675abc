// Facts for notices: plain ones that a test changes where it matters.
#pragma once

#include <chrono>
#include <string>

#include "config/notice_texts_json.hpp"
#include "notify/notice.hpp"
#include "runtime/must.hpp"

namespace greyhound::notify::testing {

using namespace std::chrono_literals;

inline constexpr Instant noon =
    std::chrono::sys_days{2026y / std::chrono::March / 1} + std::chrono::hours{12};

inline mail::Address address(const std::string& text) {
  const auto parsed = mail::Address::parse(text);
  MUST(parsed.has_value());
  return *parsed;
}

inline Reporter a_reporter() {
  return {.hostname = "mail.example.org", .postmaster = "postmaster@example.org"};
}

// The shipped words of a language.
inline NoticeTextsPtr words(const std::string& language = "en") {
  return config::shipped_notice_texts().at(language);
}

inline mail::Outcome answered(mail::Verdict verdict,
                              mail::EnhancedStatus::Class status_class,
                              mail::Reply reply) {
  const mail::EnhancedStatus unspecified{status_class, 0, 0};
  return {.verdict = verdict,
          .stage = mail::Stage::rcpt,
          .status = reply.status.value_or(unspecified),
          .reply = std::move(reply),
          .reason = {}};
}

inline mail::Outcome refused(int code, std::vector<std::string> texts) {
  return answered(mail::Verdict::refused,
                  mail::EnhancedStatus::Class::permanent,
                  mail::make_reply(code, std::move(texts)));
}

inline mail::Outcome deferred(int code, std::vector<std::string> texts) {
  return answered(mail::Verdict::deferred,
                  mail::EnhancedStatus::Class::transient,
                  mail::make_reply(code, std::move(texts)));
}

inline mail::Outcome no_answer(const std::string& reason) {
  return {.verdict = mail::Verdict::deferred,
          .stage = mail::Stage::connect,
          .status = {mail::EnhancedStatus::Class::transient, 4, 1},
          .reply = std::nullopt,
          .reason = reason};
}

inline NoticeRecipient a_recipient(const std::string& mailbox, mail::Outcome outcome) {
  return {.recipient = {.address = address(mailbox)},
          .outcome = std::move(outcome),
          .host = "mx1.d.example",
          .last_attempt = noon + 15min};
}

// Greylisted for the third time, to be tried again until the sixth of March.
inline NoticeFacts a_delay() {
  auto recipient =
      a_recipient("bob@d.example", deferred(451, {"4.7.1 Greylisted, try again in 300 seconds"}));
  recipient.next_attempt = noon + 35min;
  recipient.expires = noon + 120h;
  recipient.reply_class = mail::ReplyClass::greylist;
  return {.kind = NoticeKind::delay,
          .id = "01JD3K5M7N9QS",
          .original_id = "01JD3K5M7N9QR",
          .to = address("alice@example.org"),
          .envelope_id = "",
          .arrived = noon,
          .now = noon + 15min,
          .delay_notice_at = std::nullopt,
          .original_message_id = "<m1@example.org>",
          .original_head =
              "Received: from [127.0.0.1] by mail.example.org\r\n"
              "From: alice@example.org\r\nTo: bob@d.example\r\n"
              "Subject: hello\r\nMessage-ID: <m1@example.org>\r\n",
          .original_whole = std::nullopt,
          .recipients = {recipient},
          .texts = {words()}};
}

inline NoticeFacts a_failure() {
  auto facts = a_delay();
  facts.kind = NoticeKind::failure;
  facts.recipients = {a_recipient("bob@d.example", refused(550, {"5.1.1 No such user"}))};
  return facts;
}

}  // namespace greyhound::notify::testing
