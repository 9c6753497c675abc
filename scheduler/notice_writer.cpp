#include "scheduler/notice_writer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "notify/dsn_composer.hpp"
#include "notify/notice_policy.hpp"
#include "runtime/must.hpp"
#include "scheduler/delivery_plan.hpp"

namespace greyhound::scheduler {

using queue::Delivery;
using queue::Message;
using queue::NewMessage;

namespace {

bool can_be_told(const Message& message) {
  return message.reverse_path.has_value() && message.kind == queue::MessageKind::mail;
}

bool demands_tls(const Message& message) {
  return message.tls_wish == mail::TlsWish::required;
}

notify::NoticeRecipient to_notice_recipient(const queue::DeliveryRecipient& from,
                                            const Delivery& delivery) {
  MUST(from.last.has_value());
  return {.recipient = from.recipient,
          .outcome = from.last->outcome,
          .host = from.last->host,
          .last_attempt = delivery.attempted,
          .next_attempt = std::nullopt,
          .expires = std::nullopt,
          .reply_class = delivery.reply_class};
}

notify::NoticeFacts facts_about(const Message& message,
                                const OriginalContent& original,
                                notify::NoticeKind kind,
                                queue::MessageId id,
                                Instant now) {
  MUST(message.reverse_path.has_value());
  return {.kind = kind,
          .id = id.to_string(),
          .original_id = message.id.to_string(),
          .to = *message.reverse_path,
          .envelope_id = message.envelope_id,
          .arrived = message.arrived,
          .now = now,
          .delay_notice_at = message.delay_notice_at,
          .original_message_id = message.message_id_header,
          .original_head = original.head,
          .original_whole = original.whole,
          .recipients = {}};
}

NewMessage to_message(const notify::NoticeFacts& facts,
                      const Message& about,
                      queue::MessageId id,
                      queue::MessageKind kind,
                      const NoticeParts& parts) {
  auto content = notify::compose(facts, parts.reporter);
  NewMessage made{.message = {.id = id,
                              .kind = kind,
                              .about = about.id,
                              .arrived = parts.now,
                              .reverse_path = std::nullopt,
                              .is_bulk = true,
                              .client = "notifier",
                              .size_bytes = content.size(),
                              .chunks = 1},
                  .deliveries = {},
                  .body = {}};
  made.message.is_eight_bit =
      std::any_of(content.begin(), content.end(), [](char c) { return (c & 0x80) != 0; });
  made.message.has_utf8_header = facts.to.needs_smtp_utf8();
  // It tells of the message what the message must not tell strangers (RFC 8689 section 5).
  if (demands_tls(about)) made.message.tls_wish = about.tls_wish;
  const std::vector<mail::Recipient> to{{.address = facts.to, .notify = {.is_given = true}}};
  made.deliveries = plan_deliveries(parts.retry, made.message, to);
  made.message.deliveries = static_cast<std::uint16_t>(made.deliveries.size());
  made.message.open_deliveries = made.message.deliveries;
  made.body.push_back(std::move(content));
  return made;
}

// Every open recipient of the message that has failed at least once and may be told, in all of its
// deliveries; `after` stands in for its stored self.
std::vector<notify::NoticeRecipient> delayed_recipients(const Delivery& after,
                                                        const queue::LoadedMessage& siblings,
                                                        const notify::DelaySettings& settings) {
  std::vector<notify::NoticeRecipient> delayed;
  for (const auto& stored : siblings.deliveries) {
    const auto& delivery = stored.id == after.id ? after : stored;
    for (const auto index : open_recipients(delivery)) {
      const auto& recipient = delivery.recipients[index];
      const auto& notify_wish = recipient.recipient.notify;
      const bool may_be_told =
          notify::may_be_told_of_delay(settings, notify_wish, siblings.message.is_bulk);
      if (!recipient.last || !may_be_told) continue;
      auto entry = to_notice_recipient(recipient, delivery);
      entry.next_attempt = delivery.due;
      entry.expires = delivery.expires;
      delayed.push_back(std::move(entry));
    }
  }
  return delayed;
}

std::vector<notify::NoticeRecipient> failed_recipients(const Decision& decision,
                                                       const notify::FailureSettings& settings) {
  std::vector<notify::NoticeRecipient> failed;
  for (const auto index : decision.failed) {
    const auto& recipient = decision.after.recipients[index];
    if (!notify::is_told_of_failure(settings, recipient.recipient.notify)) continue;
    failed.push_back(to_notice_recipient(recipient, decision.after));
  }
  return failed;
}

}  // namespace

bool needs_notice(const Decision& decision,
                  const Message& message,
                  const notify::NotificationSettings& settings) {
  if (!can_be_told(message)) return false;
  return decision.wants_delay_notice || !failed_recipients(decision, settings.failure).empty();
}

bool needs_whole_original(const Decision& decision,
                          const Message& message,
                          const notify::NotificationSettings& settings) {
  if (demands_tls(message)) return false;  // whatever RET says: the way back may be in the clear
  return can_be_told(message) && !failed_recipients(decision, settings.failure).empty() &&
         notify::returns_whole_message(
             settings.failure, message.return_content, message.size_bytes);
}

queue::Settlement settlement_with_notices(const Decision& decision,
                                          const queue::LoadedMessage& siblings,
                                          const OriginalContent& original,
                                          queue::MessageId fresh_id,
                                          const NoticeParts& parts) {
  queue::Settlement settlement{.after = decision.after};
  const auto& message = siblings.message;
  if (!can_be_told(message)) return settlement;

  if (auto failed = failed_recipients(decision, parts.notification.failure); !failed.empty()) {
    auto facts = facts_about(message, original, notify::NoticeKind::failure, fresh_id, parts.now);
    facts.recipients = std::move(failed);
    settlement.notices.push_back(
        to_message(facts, message, fresh_id, queue::MessageKind::failure_notice, parts));
  }
  if (decision.wants_delay_notice) {
    const auto id = message.id.delay_notice();
    auto facts = facts_about(message, original, notify::NoticeKind::delay, id, parts.now);
    facts.original_whole.reset();  // a delay notice returns the header only
    facts.recipients = delayed_recipients(decision.after, siblings, parts.notification.delay);
    settlement.delay_notice =
        to_message(facts, message, id, queue::MessageKind::delay_notice, parts);
  }
  return settlement;
}

}  // namespace greyhound::scheduler
