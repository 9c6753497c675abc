// Builders for tests that look at the queue: what a test does not say has a plain value.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/replies_json.hpp"
#include "queue/store.hpp"
#include "scheduler/scheduler_settings.hpp"
#include "world/fake_clock.hpp"

namespace greyhound::world {

inline const Instant noon = FakeClock::noon;

inline mail::Outcome greylisted() {
  auto reply = mail::make_reply(451, {"4.7.1 Greylisted,", "4.7.1 come back in 5 minutes"});
  return {.verdict = mail::Verdict::deferred,
          .stage = mail::Stage::rcpt,
          .status = *reply.status,
          .reply = std::move(reply),
          .reason = {}};
}

inline mail::Outcome unanswered() {
  return {.verdict = mail::Verdict::deferred,
          .stage = mail::Stage::connect,
          .status = {mail::EnhancedStatus::Class::transient, 4, 1},
          .reply = {},
          .reason = "mx1.slow.example: no answer in 30s"};
}

// One rule, which matches everything and adds no jitter; replies are read as shipped.
inline scheduler::RetrySettings plain_retry() {
  using namespace std::chrono_literals;
  scheduler::RetryRule rule;
  rule.retry = {5min, 10min, 20min};
  rule.greylist = {6min, 10min, 15min, 30min};
  rule.jitter_fraction = 0;
  return {.rules = {std::move(rule)}, .reply_rules = config::shipped_reply_rules()};
}

// A message that waits, with one delivery for each call of to().
class MessageBuilder {
 public:
  explicit MessageBuilder(queue::MessageId id) {
    made_.message.id = id;
    made_.message.arrived = noon - std::chrono::minutes(12);
    made_.message.reverse_path = mail::Address::parse("sender@here.example");
    made_.message.client = "uid 33";
    made_.message.message_id_header = "<1@here.example>";
    made_.message.chunks = 1;
    made_.body = {"Subject: hello\r\n\r\nHello.\r\n"};
    made_.message.size_bytes = made_.body.front().size();
  }

  MessageBuilder& to(const std::string& address) {
    const auto number = static_cast<std::uint16_t>(made_.deliveries.size() + 1);
    const auto mailbox = *mail::Address::parse(address);
    queue::Delivery delivery{.id = {made_.message.id, number},
                             .domain = mailbox.domain(),
                             .recipients = {{.recipient = {.address = mailbox}}},
                             .due = noon,
                             .expires = noon + std::chrono::hours(120),
                             .rule = "default"};
    made_.deliveries.push_back(std::move(delivery));
    made_.message.deliveries = made_.message.open_deliveries = number;
    return *this;
  }

  // Of the delivery that to() began last.
  MessageBuilder& deferred(mail::Outcome outcome, const std::string& host, Duration until_next) {
    auto& delivery = made_.deliveries.back();
    delivery.attempts = 2;
    delivery.attempted = noon - std::chrono::minutes(2);
    delivery.due = noon + until_next;
    delivery.position = 2;
    delivery.wait = std::chrono::minutes(10);
    delivery.recipients.back().last =
        queue::LastOutcome{.outcome = std::move(outcome), .host = host, .at = *delivery.attempted};
    return *this;
  }
  MessageBuilder& greylisted_until(Duration until_next) {
    deferred(greylisted(), "mx1.d.example", until_next);
    auto& delivery = made_.deliveries.back();
    delivery.series = queue::Series::greylist;
    delivery.greylist_anchor = noon - std::chrono::minutes(8);
    delivery.reply_class = mail::ReplyClass::greylist;
    delivery.affinity = {.source = IpAddress::parse("192.0.2.7"), .host = "mx1.d.example"};
    return *this;
  }
  MessageBuilder& held() {
    made_.deliveries.back().is_held = true;
    return *this;
  }

  queue::NewMessage build() const { return made_; }
  queue::LoadedMessage loaded() const {
    return {.message = made_.message, .deliveries = made_.deliveries};
  }

 private:
  queue::NewMessage made_{.message = {.id = queue::MessageId(1), .arrived = {}, .reverse_path = {}},
                          .deliveries = {},
                          .body = {}};
};

inline MessageBuilder a_message(queue::MessageId id = queue::MessageId::first_at(noon)) {
  return MessageBuilder(id);
}

}  // namespace greyhound::world
