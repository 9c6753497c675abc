#include "scheduler/notice_writer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "notify/dsn_composer.hpp"
#include "notify/notice_policy.hpp"
#include "runtime/must.hpp"
#include "scheduler/delivery_plan.hpp"
#include "scheduler/greylist/wait_choice.hpp"
#include "scheduler/notice_terms.hpp"

namespace greyhound::scheduler {

using notify::NoticeKind;
using queue::Delivery;
using queue::Message;
using queue::MessageKind;
using queue::NewMessage;

namespace {

constexpr std::size_t most_further_attempts = 2;

bool can_be_told(const Message& message) {
  return message.reverse_path.has_value() && message.kind == MessageKind::mail;
}

// What fails of what the postmaster is told, nobody is told.
bool goes_to_postmaster(const Decision& decision,
                        const Message& message,
                        const notify::NotificationSettings& settings) {
  return decision.is_bounce && settings.copies.of_bounces &&
         message.kind != MessageKind::postmaster_notice;
}

bool demands_tls(const Message& message) {
  return message.tls_wish == mail::TlsWish::required;
}

MessageKind message_kind_of(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::delay:
      return MessageKind::delay_notice;
    case NoticeKind::relay:
      return MessageKind::success_notice;
    case NoticeKind::bounce:
      return MessageKind::postmaster_notice;
    case NoticeKind::failure:
      break;
  }
  return MessageKind::failure_notice;
}

bool is_copied(NoticeKind kind, const notify::PostmasterCopies& copies) {
  return (kind == NoticeKind::delay && copies.of_delays) ||
         (kind == NoticeKind::failure && copies.of_failures);
}

notify::NoticeRecipient to_notice_recipient(const queue::DeliveryRecipient& from,
                                            const Delivery& delivery) {
  MUST(from.last.has_value());
  return {.recipient = from.recipient,
          .outcome = from.last->outcome,
          .host = from.last->host,
          .last_attempt = delivery.attempted,
          .reply_class = delivery.reply_class};
}

// By the waits of its series, as far as they are known now.
std::vector<Instant> attempts_after(const Delivery& delivery, const RetrySettings& retry) {
  std::vector<Instant> further;
  const auto rule = std::find_if(retry.rules.begin(), retry.rules.end(), [&](const auto& one) {
    return one.name == delivery.rule;
  });
  if (rule == retry.rules.end()) return further;
  const auto& waits = delivery.series == queue::Series::greylist ? rule->greylist : rule->retry;
  auto at = delivery.due;
  for (auto position = delivery.position + 1; further.size() < most_further_attempts; ++position) {
    at += wait_at(waits, position);
    if (at >= delivery.expires) break;
    further.push_back(at);
  }
  return further;
}

notify::NoticeFacts facts_about(const Message& message,
                                const mail::ReversePath& to,
                                const OriginalContent& original,
                                NoticeKind kind,
                                queue::MessageId id,
                                Instant now) {
  MUST(to.has_value());
  return {.kind = kind,
          .id = id.to_string(),
          .original_id = message.id.to_string(),
          .to = *to,
          .envelope_id = message.envelope_id,
          .arrived = message.arrived,
          .now = now,
          .delay_notice_at = message.delay_notice_at,
          .original_message_id = message.message_id_header,
          .original_head = original.head,
          .original_whole = original.whole,
          .recipients = {}};
}

std::vector<mail::Recipient> addressees(const notify::NoticeFacts& facts,
                                        const notify::NotificationSettings& settings) {
  constexpr mail::Notify never{.is_given = true};
  std::vector<mail::Recipient> to{{.address = facts.to, .notify = never}};
  if (!is_copied(facts.kind, settings.copies)) return to;
  const auto postmaster = mail::Address::parse(settings.postmaster);
  if (postmaster && *postmaster != facts.to)
    to.push_back({.address = *postmaster, .notify = never});
  return to;
}

NewMessage to_message(const notify::NoticeFacts& facts,
                      const Message& about,
                      queue::MessageId id,
                      const NoticeParts& parts) {
  auto content = notify::compose(facts, parts.reporter);
  NewMessage made{.message = {.id = id,
                              .kind = message_kind_of(facts.kind),
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
  made.message.has_utf8_header = facts.is_global();
  // It tells of the message what the message must not tell strangers (RFC 8689 section 5).
  if (demands_tls(about)) made.message.tls_wish = about.tls_wish;
  made.deliveries =
      plan_deliveries(parts.retry, made.message, addressees(facts, parts.notification));
  made.message.deliveries = static_cast<std::uint16_t>(made.deliveries.size());
  made.message.open_deliveries = made.message.deliveries;
  made.body.push_back(std::move(content));
  return made;
}

// Every open recipient of the message that has failed at least once and may be told, in all of its
// deliveries; `after` stands in for its stored self.
std::vector<notify::NoticeRecipient> delayed_recipients(const Delivery* after,
                                                        const queue::LoadedMessage& siblings,
                                                        const NoticeParts& parts) {
  std::vector<notify::NoticeRecipient> delayed;
  const auto& message = siblings.message;
  for (const auto& stored : siblings.deliveries) {
    const auto& delivery = after != nullptr && stored.id == after->id ? *after : stored;
    const auto& delay = notice_terms(parts.notification, message, delivery).delay;
    if (!delay.is_enabled) continue;
    for (const auto index : open_recipients(delivery)) {
      const auto& recipient = delivery.recipients[index];
      const bool may_be_told =
          notify::may_be_told_of_delay(delay, recipient.recipient.notify, message.is_bulk);
      if (!recipient.last || !may_be_told) continue;
      auto entry = to_notice_recipient(recipient, delivery);
      entry.next_attempt = delivery.due;
      entry.further_attempts = attempts_after(delivery, parts.retry);
      entry.expires = delivery.expires;
      delayed.push_back(std::move(entry));
    }
  }
  return delayed;
}

using MayBeTold = std::function<bool(const mail::Notify&)>;

std::vector<notify::NoticeRecipient> those_told(const Delivery& delivery,
                                                const std::vector<std::size_t>& indices,
                                                const MayBeTold& may_be_told) {
  std::vector<notify::NoticeRecipient> told;
  for (const auto index : indices) {
    const auto& recipient = delivery.recipients[index];
    if (may_be_told(recipient.recipient.notify))
      told.push_back(to_notice_recipient(recipient, delivery));
  }
  return told;
}

std::vector<notify::NoticeRecipient> failed_recipients(
    const Decision& decision,
    const Message& message,
    const notify::NotificationSettings& notification) {
  const auto& settings = notice_terms(notification, message, decision.after).failure;
  return those_told(decision.after, decision.failed, [&settings](const mail::Notify& wish) {
    return notify::is_told_of_failure(settings, wish);
  });
}

std::vector<notify::NoticeRecipient> relayed_recipients(
    const Decision& decision,
    const Message& message,
    const notify::NotificationSettings& notification) {
  const auto& settings = notice_terms(notification, message, decision.after).success;
  return those_told(decision.after, decision.relayed, [&settings](const mail::Notify& wish) {
    return notify::is_told_of_success(settings, wish);
  });
}

// The notices of one settlement.
class Writer {
 public:
  Writer(const Decision& decision,
         const queue::LoadedMessage& siblings,
         const OriginalContent& original,
         const NoticeParts& parts)
      : decision_(decision),
        siblings_(siblings),
        message_(siblings.message),
        original_(original),
        parts_(parts),
        texts_(notice_terms(parts.notification, message_, decision.after).texts) {}

  void tell_sender(queue::Settlement& settlement) const {
    if (auto failed = failed_recipients(decision_, message_, parts_.notification); !failed.empty())
      settlement.notices.push_back(notice(NoticeKind::failure, std::move(failed)));
    if (auto relayed = relayed_recipients(decision_, message_, parts_.notification);
        !relayed.empty())
      settlement.notices.push_back(notice(NoticeKind::relay, std::move(relayed)));
    if (decision_.wants_delay_notice) settlement.delay_notice = delay_notice();
  }

  void tell_postmaster(queue::Settlement& settlement) const {
    const auto to = mail::Address::parse(parts_.notification.postmaster);
    if (!to) return;
    const auto id = parts_.new_id();
    auto facts = facts_about(message_, to, original_, NoticeKind::bounce, id, parts_.now);
    facts.texts = texts_;
    for (const auto index : decision_.failed)
      facts.recipients.push_back(
          to_notice_recipient(decision_.after.recipients[index], decision_.after));
    const auto keep = parts_.notification.keep_undeliverable;
    if (keep > Duration::zero()) facts.kept_until = parts_.now + keep;
    settlement.notices.push_back(to_message(facts, message_, id, parts_));
  }

 private:
  NewMessage notice(NoticeKind kind, std::vector<notify::NoticeRecipient> recipients) const {
    const auto id = parts_.new_id();
    auto facts = facts_about(message_, message_.reverse_path, original_, kind, id, parts_.now);
    facts.recipients = std::move(recipients);
    facts.texts = texts_;
    return to_message(facts, message_, id, parts_);
  }

  // None if the settings have changed since it was decided, and nobody may be told any more.
  std::optional<NewMessage> delay_notice() const {
    const auto id = message_.id.delay_notice();
    auto facts =
        facts_about(message_, message_.reverse_path, original_, NoticeKind::delay, id, parts_.now);
    facts.recipients = delayed_recipients(&decision_.after, siblings_, parts_);
    if (facts.recipients.empty()) return std::nullopt;
    for (auto& recipient : facts.recipients) {
      const bool is_here = recipient.recipient.address.domain() == decision_.after.domain;
      if (is_here) recipient.usual_passage = decision_.usual_passage;
    }
    facts.texts = texts_;
    return to_message(facts, message_, id, parts_);
  }

  const Decision& decision_;
  const queue::LoadedMessage& siblings_;
  const Message& message_;
  const OriginalContent& original_;
  const NoticeParts& parts_;
  const std::vector<notify::NoticeTextsPtr>& texts_;
};

// What all that is open of a message would be told if its lifetime ended now.
std::vector<notify::NoticeRecipient> recipients_if_expired(const queue::LoadedMessage& message,
                                                           const NoticeParts& parts) {
  std::vector<notify::NoticeRecipient> failed;
  for (const auto& delivery : message.deliveries) {
    const auto decision = expire({.message = message.message,
                                  .delivery = delivery,
                                  .retry = parts.retry,
                                  .notification = parts.notification,
                                  .now = parts.now});
    auto of_delivery = failed_recipients(decision, message.message, parts.notification);
    std::move(of_delivery.begin(), of_delivery.end(), std::back_inserter(failed));
  }
  return failed;
}

}  // namespace

bool needs_notice(const Decision& decision,
                  const Message& message,
                  const notify::NotificationSettings& settings) {
  if (goes_to_postmaster(decision, message, settings)) return true;
  if (!can_be_told(message)) return false;
  return decision.wants_delay_notice || !failed_recipients(decision, message, settings).empty() ||
         !relayed_recipients(decision, message, settings).empty();
}

bool returns_whole_original(const Message& message,
                            const Delivery& delivery,
                            const notify::NotificationSettings& settings) {
  if (demands_tls(message)) return false;  // whatever RET says: the way back may be in the clear
  const auto& failure = notice_terms(settings, message, delivery).failure;
  return notify::returns_whole_message(failure, message.return_content, message.size_bytes);
}

bool needs_whole_original(const Decision& decision,
                          const Message& message,
                          const notify::NotificationSettings& settings) {
  return can_be_told(message) && !failed_recipients(decision, message, settings).empty() &&
         returns_whole_original(message, decision.after, settings);
}

queue::Settlement settlement_with_notices(const Decision& decision,
                                          const queue::LoadedMessage& siblings,
                                          const OriginalContent& original,
                                          const NoticeParts& parts) {
  queue::Settlement settlement{.after = decision.after};
  const auto& message = siblings.message;
  const Writer writer(decision, siblings, original, parts);
  if (can_be_told(message)) writer.tell_sender(settlement);
  if (goes_to_postmaster(decision, message, parts.notification)) writer.tell_postmaster(settlement);
  return settlement;
}

std::optional<std::string> previewed_notice(NoticeKind kind,
                                            const queue::LoadedMessage& message,
                                            const OriginalContent& original,
                                            const NoticeParts& parts) {
  if (!can_be_told(message.message) || message.deliveries.empty()) return std::nullopt;
  auto facts = facts_about(message.message,
                           message.message.reverse_path,
                           original,
                           kind,
                           message.message.id.delay_notice(),
                           parts.now);
  facts.recipients = kind == NoticeKind::delay ? delayed_recipients(nullptr, message, parts)
                                               : recipients_if_expired(message, parts);
  if (facts.recipients.empty()) return std::nullopt;
  facts.texts = notice_terms(parts.notification, message.message, message.deliveries.front()).texts;
  return notify::compose(facts, parts.reporter);
}

}  // namespace greyhound::scheduler
