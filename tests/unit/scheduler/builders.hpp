// Builders for the scheduler's tests: what a test does not say has a plain value.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/notice_texts_json.hpp"
#include "config/replies_json.hpp"
#include "mail/attempt.hpp"
#include "notify/notification_settings.hpp"
#include "queue/delivery.hpp"
#include "scheduler/delivery_plan.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::scheduler {

using namespace std::chrono_literals;

constexpr Instant noon{std::chrono::hours(20'000 * 24 + 12)};
constexpr queue::MessageId some_id{1ULL << 40};

inline mail::Address address(const std::string& text) {
  return *mail::Address::parse(text);
}

inline RetryRule a_rule() {
  RetryRule rule;
  rule.retry = {5min, 10min, 20min};
  rule.greylist = {6min, 10min, 15min, 30min};
  rule.jitter_fraction = 0;
  return rule;
}

inline RetrySettings one_rule(RetryRule rule = a_rule()) {
  return {.rules = {std::move(rule)}, .reply_rules = config::shipped_reply_rules()};
}

// As notification.json has it when nothing is said: in English.
inline notify::NotificationSettings plain_notification() {
  notify::NotificationSettings settings;
  settings.texts = {config::shipped_notice_texts().at("en")};
  return settings;
}

inline queue::Message a_message(mail::ReversePath from = address("sender@here.example")) {
  return {.id = some_id,
          .arrived = noon,
          .reverse_path = std::move(from),
          .message_id_header = "<1@here.example>",
          .size_bytes = 100,
          .chunks = 1,
          .deliveries = 1,
          .open_deliveries = 1};
}

inline std::vector<mail::Recipient> to(const std::vector<std::string>& addresses) {
  std::vector<mail::Recipient> recipients;
  for (const auto& text : addresses)
    recipients.push_back({.address = address(text)});
  return recipients;
}

inline queue::Delivery a_delivery(
    const queue::Message& message,
    const std::vector<std::string>& addresses = {"rcpt@there.example"},
    const RetrySettings& settings = one_rule()) {
  return plan_deliveries(settings, message, to(addresses)).front();
}

inline mail::Outcome replied(mail::Stage stage, int code, std::vector<std::string> lines) {
  auto reply = mail::make_reply(code, std::move(lines));
  const auto verdict = reply.is_positive()    ? mail::Verdict::delivered
                       : reply.is_transient() ? mail::Verdict::deferred
                                              : mail::Verdict::refused;
  const auto status = reply.status.value_or(
      mail::EnhancedStatus(static_cast<mail::EnhancedStatus::Class>(reply.first_digit()), 0, 0));
  return {.verdict = verdict, .stage = stage, .status = status, .reply = reply, .reason = ""};
}

inline mail::Outcome greylisted() {
  return replied(mail::Stage::rcpt, 451, {"4.7.1 Greylisted, please try again later"});
}
inline mail::Outcome delivered() {
  return replied(mail::Stage::eom, 250, {"2.0.0 queued"});
}
inline mail::Outcome over_quota() {
  return replied(mail::Stage::rcpt, 452, {"4.2.2 mailbox full"});
}
inline mail::Outcome no_such_user() {
  return replied(mail::Stage::rcpt, 550, {"5.1.1 no such user"});
}
inline mail::Outcome no_connection() {
  return {.verdict = mail::Verdict::deferred,
          .stage = mail::Stage::connect,
          .status = {mail::EnhancedStatus::Class::transient, 4, 1},
          .reply = {},
          .reason = "mx.there.example: connection refused"};
}
inline mail::Outcome cut_after_the_dot() {
  return {.verdict = mail::Verdict::unknown,
          .stage = mail::Stage::eom,
          .status = {mail::EnhancedStatus::Class::transient, 4, 2},
          .reply = {},
          .reason = "mx.there.example: connection lost after the final dot"};
}

inline mail::AttemptReport report(std::vector<mail::Outcome> outcomes) {
  return {.outcomes = std::move(outcomes),
          .host = "mx.there.example",
          .source = IpAddress::parse("192.0.2.7")};
}

}  // namespace greyhound::scheduler
