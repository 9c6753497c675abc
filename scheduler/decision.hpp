// Decides what an attempt means for its delivery: who is done, when it is tried again, and whom to
// tell. Pure: the same facts give the same decision.
// Source: docs/ARCHITECTURE.md ("Attempt", "Wait", "In doubt", "Expiry").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "mail/attempt.hpp"
#include "notify/notification_settings.hpp"
#include "queue/delivery.hpp"
#include "scheduler/greylist/known_site.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::scheduler {

struct Decision {
  queue::Delivery after;               // without open recipients: closed
  std::vector<std::size_t> delivered;  // indices of the recipients that this attempt ended
  std::vector<std::size_t> failed;
  std::optional<std::string> not_tried = {};  // what of ours failed: the attempt counts for nothing
  // Of the delivered ones those whose senders wanted to hear of it and will not, but from us.
  std::vector<std::size_t> relayed = {};
  bool is_bounce = false;           // mail from <> has failed, and not for an operator's retry
  bool wants_delay_notice = false;  // the message's one, unless it was sent
  std::optional<Instant> passes_at = {};       // as far as anybody can tell
  std::optional<Duration> usual_passage = {};  // after a first refusal, at that site
  bool lost_source = false;  // the greylister was called from another network than before
  std::size_t steering = 0;  // which outcome of the report decided: of the deferrals, if any
};

struct DecisionFacts {
  const queue::Message& message;
  const queue::Delivery& delivery;  // as it was before the attempt
  const RetrySettings& retry;
  const notify::NotificationSettings& notification;
  Instant now;
  std::optional<Instant> started = {};  // of the attempt; none: now
  const KnownSite* site = nullptr;      // what was learned of it; null: nothing
  std::optional<Instant> own_due = {};  // it was woken before that
};

// `report.outcomes` belong to `tried`, indices of the delivery's recipients.
Decision decide(const DecisionFacts& facts,
                const std::vector<std::size_t>& tried,
                const mail::AttemptReport& report);

// The lifetime is over: every open recipient fails with what was heard last.
Decision expire(const DecisionFacts& facts);

// What is known after a crash behind the final dot: the marked recipients are in doubt.
mail::AttemptReport report_of_lost_attempt(const queue::Delivery& delivery,
                                           const std::vector<std::size_t>& tried);

std::vector<std::size_t> open_recipients(const queue::Delivery& delivery);

}  // namespace greyhound::scheduler
