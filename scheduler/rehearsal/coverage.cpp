#include "scheduler/rehearsal/coverage.hpp"

#include <algorithm>

#include "notify/notice_policy.hpp"
#include "scheduler/greylist/wait_choice.hpp"
#include "scheduler/rehearsal/receiver_model.hpp"

namespace greyhound::scheduler {
namespace {

constexpr Instant first_contact{};

Duration wait_after(const RetryRule& rule, std::uint32_t attempt, double dice) {
  const auto wait = wait_at(rule.greylist, attempt);
  queue::DueTerms terms{.jitter_most = series_jitter(rule, wait)};
  if (rule.adapt) keep_within(terms, longest_greylist_gap);
  return total_wait(wait, terms, dice);
}

bool is_told(const notify::DelaySettings& delay, std::uint32_t retry, Duration age) {
  return notify::delay_notice_is_due(delay,
                                     {.has_reverse_path = true,
                                      .is_notice = false,
                                      .already_sent = false,
                                      .retry_number = retry,
                                      .age = age});
}

// Why it never got through: a gap is to blame if one outlived its memory.
Obstacle obstacle_at_end(Duration longest_wait, const Greylister& greylister) {
  const bool forgets = greylister.pending && longest_wait > *greylister.pending;
  return forgets ? Obstacle::gap : Obstacle::lifetime;
}

}  // namespace

std::optional<Duration> longest_gap(const Greylister& greylister) {
  if (!greylister.pending) return std::nullopt;
  return *greylister.pending - *greylister.pending / 10;
}

Coverage coverage_of(const RetryRule& rule,
                     const notify::DelaySettings& delay,
                     const Greylister& greylister,
                     double dice) {
  ReceiverModel receiver(greylister, Texts::withheld);
  const auto earliest = ReceiverModel::earliest_pass(greylister);
  Coverage coverage;
  Duration age{};
  Duration longest_wait{};
  for (std::uint32_t attempt = 1;; ++attempt) {
    const auto outcome = receiver.contact(first_contact + age);
    if (outcome.verdict == mail::Verdict::delivered) {
      coverage.attempt = attempt;
      coverage.age = age;
      coverage.waste = age - earliest;
      return coverage;
    }
    if (attempt > 1 && age < *greylister.window) ++coverage.early;
    if (is_told(delay, attempt - 1, age)) coverage.has_delay_notice = true;
    if (age >= rule.lifetime || (rule.max_attempts && attempt >= *rule.max_attempts)) {
      coverage.obstacle =
          age >= rule.lifetime ? obstacle_at_end(longest_wait, greylister) : Obstacle::attempts;
      return coverage;
    }
    const auto wait = wait_after(rule, attempt, dice);
    longest_wait = std::max(longest_wait, wait);
    age = std::min(age + wait, rule.lifetime);  // the last attempt is at the end of its life
  }
}

}  // namespace greyhound::scheduler
