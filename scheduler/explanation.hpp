// Explanation: why a delivery is due when it is, what becomes of it if every attempt fails as the
// last one did, and when its sender is told. From the delivery's own record; what is to come is
// what scheduler/decision will decide then, if it knows no more of the site than now. Pure.
// Limits: the course is followed for `most_followed` attempts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scheduler/decision.hpp"

namespace greyhound::scheduler {

struct ExplanationFacts {
  const queue::Message& message;
  const queue::Delivery& delivery;
  const RetrySettings& retry;
  const notify::NotificationSettings& notification;
  Instant now;
  const queue::SiteFacts* site = nullptr;  // of the last attempt; null: it is not known which
};

// The terms that the due is made of, and what they come to (due_by_terms).
struct DueSum {
  Instant ended = {};  // the attempt that it follows
  Duration wait = {};
  queue::DueTerms terms = {};
  double dice = 0;  // of this delivery after this attempt, from 0 to 1
  Duration jitter = {};
  std::optional<Duration> in_doubt_wait = {};  // since `ended`; it is not before that
  Instant due = {};
};

// moved: by an operator, or by an attempt that we ourselves spoilt, which is made again after the
// same wait.
enum class DueReason : std::uint8_t { first_attempt, terms, moved };

// A wait that the last reply stated: obeyed, or why not.
enum class HintUse : std::uint8_t { obeyed, turned_off, disbelieved, did_not_come_true };
struct Hint {
  Duration stated;
  HintUse use;
};

struct ComingAttempt {
  std::uint32_t retry;  // 0: the first attempt
  Instant at;
  queue::Series series;  // and wait of it, that it follows
  std::uint32_t position;
  queue::WaitSource source;
};

// What the course comes to in the end.
enum class Ending : std::uint8_t {
  expired,
  too_many_attempts,
  held,
  assumed_delivered,
  undeliverable,
};
struct CourseEnd {
  Ending ending;
  Instant at;
};

enum class DelayNoticeState : std::uint8_t {
  sent,
  turned_off,   // for everybody
  null_sender,  // there is nobody to tell
  of_a_notice,  // a notice is never answered by another
  bulk,         // skip_bulk
  unwanted,     // NOTIFY
  will_be_sent,
  ends_before,  // the course ends before one is due
};
struct DelayNoticeOutlook {
  DelayNoticeState state;
  std::uint32_t retry = 0;         // will_be_sent: if this one fails,
  std::optional<Instant> at = {};  // which is at; sent: when
};

struct Explanation {
  DueReason reason = DueReason::first_attempt;
  std::optional<DueSum> sum = {};                 // none: nobody was called yet
  std::optional<std::size_t> steering = {};       // the recipient whose answer decided
  std::optional<Hint> hint = {};                  // of that answer
  std::vector<std::string> signature = {};        // ids of the greylisters that answer so
  std::optional<Instant> disbelieved_until = {};  // stated waits of the site are not believed
  std::vector<ComingAttempt> coming = {};         // the next `most_shown`; none of held mail
  std::optional<CourseEnd> end = {};              // none: not within what was followed
  DelayNoticeOutlook delay_notice = {DelayNoticeState::will_be_sent};

  static constexpr std::size_t most_shown = 5;
  static constexpr std::size_t most_followed = 1000;
};

Explanation explain(const ExplanationFacts& facts);

// snake_case, for programs: moved, did_not_come_true, null_sender, …
std::string_view to_string(DueReason reason);
std::string_view to_string(HintUse use);
std::string_view to_string(Ending ending);
std::string_view to_string(DelayNoticeState state);

}  // namespace greyhound::scheduler
