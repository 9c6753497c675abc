// Which wait follows a greylist reply: one that the reply states, the learned window of the site,
// that of a recognised greylister, or the series of the rule. Pure.
// Source: docs/ARCHITECTURE.md, "Which wait".
// Units: ages run from the anchor, the first refusal of the running series.
#pragma once

#include <optional>
#include <vector>

#include "queue/greylist_run.hpp"
#include "scheduler/greylist/greylist_reply.hpp"
#include "scheduler/greylist/knock_plan.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::scheduler {

// After which a greylister may have forgotten a triplet that it has not let pass: the shortest that
// is known of any.
constexpr Duration shortest_pending_time = std::chrono::hours(2);
constexpr Duration longest_greylist_gap = std::chrono::minutes(108);  // 10 % less

struct WaitFacts {
  const RetryRule& rule;
  const RetrySettings& settings;
  const queue::GreylistRun& run;  // this refusal included
  std::uint32_t position;         // of the series: the wait that is next in it, from 1
  Instant anchor;
  Instant now;
  const GreylistReply& reply;
  bool believes_stated = true;         // of this site
  std::optional<KnockPlan> plan = {};  // learned of the site
};

struct WaitChoice {
  Duration wait = {};  // before margin and jitter
  queue::DueTerms terms = {};
  std::uint32_t position = 1;
  queue::GreylistRun run = {};  // with what the next refusal will need
};

WaitChoice choose_wait(const WaitFacts& facts);

// From the instant of the reply; `dice` from 0 to 1.
Duration total_wait(Duration wait, const queue::DueTerms& terms, double dice);

// No wait longer than `most`, which is a tenth less than a greylister remembers a mail; nor may
// chance use that up.
void keep_within(queue::DueTerms& terms, Duration most);

// Of a series wait: its most jitter.
Duration series_jitter(const RetryRule& rule, Duration wait);

// Wait `position` of a series, from 1; the last one repeats.
Duration wait_at(const std::vector<Duration>& series, std::uint32_t position);

}  // namespace greyhound::scheduler
