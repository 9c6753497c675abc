// When what stays open after an attempt is due again, and what is kept of a greylister until then.
// Pure.
// Source: docs/ARCHITECTURE.md ("Wait", "Which wait", "Affinity").
#pragma once

#include <cstddef>

#include "mail/attempt.hpp"
#include "mail/classification.hpp"
#include "mail/reply_words.hpp"
#include "scheduler/decision.hpp"
#include "scheduler/retry_policy.hpp"

namespace greyhound::scheduler {

// The outcome that steers the next due: greylisting before all, as its clock is the one to meet.
struct Deferral {
  const mail::Outcome* outcome = nullptr;
  std::size_t index = 0;   // of the report
  mail::ReplyWords words;  // of its reply, read once
  mail::Classification classification;
};

// A due in the future for what stays open after a counted attempt.
void schedule(Decision& decision,
              const DecisionFacts& facts,
              const RetryRule& rule,
              const mail::AttemptReport& report,
              const Deferral& deferral);

// After a try that counts for nothing: the same wait once more, from now.
Instant due_once_more(const queue::Delivery& delivery, Duration first_wait, Instant now);

// When a delivery that was tried is due by its own terms: so long after its last attempt, but its
// last one at the end of its life.
Instant due_by_terms(const queue::Delivery& delivery, Duration in_doubt_wait);

}  // namespace greyhound::scheduler
