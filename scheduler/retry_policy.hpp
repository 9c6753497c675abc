// When to try again: the rule that applies and the wait it asks for. Pure.
// Source: RFC 5321 section 4.5.4.1 (30 min or more unless the reason is known; 4 to 5 days in all);
//         docs/ARCHITECTURE.md, "Two schedules in each rule".
#pragma once

#include <string_view>

#include "mail/classification.hpp"
#include "queue/delivery.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::scheduler {

// What a rule may match on.
struct RuleFacts {
  std::string_view domain;
  std::string_view sender;  // text of the reverse path, "" for the null one
  std::string_view mx = {};
  const mail::Outcome* outcome = nullptr;  // null: no attempt was made yet
  mail::ReplyClass reply_class = mail::ReplyClass::unknown;
};

// Before the first attempt rules that need a reply, or the host that gave it, are passed over.
const RetryRule& choose_rule(const RetrySettings& settings, const RuleFacts& facts);

Duration lifetime_of(const RetryRule& rule, const mail::ReversePath& sender);

// Where a delivery stands in its series after a counted attempt that deferred it.
struct SeriesStep {
  queue::Series series;
  std::uint32_t position;  // from 1
  Duration wait;           // without jitter
  bool starts_greylist;    // the anchor is set to this attempt
};

struct SeriesFacts {
  queue::Series series;    // before
  std::uint32_t position;  // before
  std::uint32_t attempts;  // counted, this one included
  mail::Classification classification;
  bool starts_anew;  // the greylister sees a first contact: another source, or it has forgotten
};
SeriesStep next_step(const RetryRule& rule, const SeriesFacts& facts);

// The same number for the same delivery and attempt, on every machine and after every restart.
double jitter_dice(queue::DeliveryId id, std::uint32_t attempts);

}  // namespace greyhound::scheduler
