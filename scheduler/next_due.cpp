#include "scheduler/next_due.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/must.hpp"
#include "scheduler/greylist/forecast.hpp"
#include "scheduler/greylist/mail_keys.hpp"
#include "scheduler/greylist/wait_choice.hpp"

namespace greyhound::scheduler {

using queue::Delivery;

namespace {

void keep_affinity(Delivery& after,
                   const mail::AttemptReport& report,
                   const std::string& host,
                   const mail::Classification& classification) {
  if (classification.may_be_greylisting) {
    after.affinity = {.source = report.source, .host = host};
  } else if (after.series == queue::Series::retry) {
    after.affinity = {};
  }
}

// Many greylisters know senders by their network, so that a neighbour's clock goes on.
bool has_lost_source(const mail::Affinity& pinned, const mail::AttemptReport& report) {
  return pinned.source && report.source && !are_neighbours(*pinned.source, *report.source);
}

// Its pending time is over: what it saw before is a contact of a stranger.
bool has_been_forgotten(const Delivery& before, Instant now) {
  return before.pending_until && *before.pending_until < now;
}

Instant pending_until(Instant anchor, const GreylistReply& reply, Instant now) {
  const bool is_one = reply.signature.size() == 1 && !reply.is_shared;
  const auto* known = is_one ? reply.signature.front() : nullptr;
  if (known == nullptr || !known->pending) return now + shortest_pending_time;
  return (known->is_pending_renewed ? now : anchor) + *known->pending;
}

// What the running series has seen, this refusal included.
void note_refusal(Delivery& after,
                  const DecisionFacts& facts,
                  const SeriesStep& step,
                  const mail::AttemptReport& report) {
  auto& run = after.greylist;
  if (step.starts_greylist || !after.greylist_anchor) {
    after.greylist_anchor = facts.now;
    run = {};
  } else {
    run.refused_before = run.refused;
    run.refused = facts.started.value_or(facts.now) - *after.greylist_anchor;
  }
  ++run.knocks;
  run.keys.reset();
  if (!report.source) return;
  run.keys = keys_of(*report.source, facts.message.reverse_path, after, open_recipients(after));
}

// It was woken for nothing: its own clock goes on.
void keep_own_clock(Delivery& after, const DecisionFacts& facts, Instant own_due) {
  after.position = facts.delivery.position;
  after.wait = own_due - facts.now;
  after.terms = {.source = queue::WaitSource::own_clock};
}

// The next knock at a greylister that has refused this one.
void schedule_knock(Decision& decision,
                    const DecisionFacts& facts,
                    const RetryRule& rule,
                    const SeriesStep& step,
                    const Deferral& refusal) {
  auto& after = decision.after;
  const auto anchor = after.greylist_anchor.value_or(facts.now);
  const auto& catalogue = facts.retry.catalogue;
  const auto reply = read_greylist_reply(*refusal.outcome, refusal.words, *catalogue, facts.now);
  WaitFacts known{.rule = rule,
                  .settings = facts.retry,
                  .run = after.greylist,
                  .position = step.position,
                  .anchor = anchor,
                  .now = facts.now,
                  .reply = reply};
  if (facts.site != nullptr) {
    known.believes_stated = facts.site->believes_stated(facts.now);
    known.plan = facts.site->plan({.catalogue = catalogue,
                                   .first_of_series = rule.greylist.front(),
                                   .forget_after = facts.retry.learning.forget_after},
                                  facts.now);
  }
  auto choice = choose_wait(known);
  decision.usual_passage = usual_passage(known);
  after.position = choice.position;
  after.wait = choice.wait;
  after.terms = std::move(choice.terms);
  after.greylist = choice.run;
  after.greylist.punishes_early =
      std::any_of(reply.signature.begin(), reply.signature.end(), [](const Greylister* one) {
        return one->penalty.has_value();
      });
  after.pending_until = pending_until(anchor, reply, facts.now);
}

Duration wait_by_terms(const Delivery& delivery) {
  const auto dice = jitter_dice(delivery.id, delivery.attempts);
  return total_wait(delivery.wait, delivery.terms, dice);
}

}  // namespace

void schedule(Decision& decision,
              const DecisionFacts& facts,
              const RetryRule& rule,
              const mail::AttemptReport& report,
              const Deferral& deferral) {
  auto& after = decision.after;
  decision.lost_source = has_lost_source(facts.delivery.affinity, report);
  const auto step = next_step(
      rule,
      {.series = facts.delivery.series,
       .position = facts.delivery.position,
       .attempts = after.attempts,
       .classification = deferral.classification,
       .starts_anew = decision.lost_source || has_been_forgotten(facts.delivery, facts.now)});
  after.series = step.series;
  after.position = step.position;
  after.wait = step.wait;
  after.terms = {.jitter_most = series_jitter(rule, step.wait)};
  if (step.series == queue::Series::greylist && rule.adapt) {
    keep_within(after.terms, longest_greylist_gap);
  }
  if (step.series == queue::Series::retry) {
    after.greylist_anchor.reset();
    after.pending_until.reset();
    after.greylist = {};
  } else if (deferral.classification.may_be_greylisting) {
    note_refusal(after, facts, step, report);
    const bool woken_for_nothing =
        facts.own_due && *facts.own_due > facts.now && !step.starts_greylist;
    if (woken_for_nothing) {
      keep_own_clock(after, facts, *facts.own_due);
    } else {
      schedule_knock(decision, facts, rule, step, deferral);
    }
  }
  after.due = due_by_terms(after, rule.in_doubt_wait);
  decision.passes_at = passes_at(after, decision.usual_passage);
  keep_affinity(after, report, report.answerer(deferral.index).host, deferral.classification);
}

Instant due_once_more(const Delivery& delivery, Duration first_wait, Instant now) {
  const auto wait = delivery.wait > Duration::zero() ? wait_by_terms(delivery) : first_wait;
  const auto left = delivery.expires - now;  // of its life, at whose end it is tried once more
  return now + (left > Duration::zero() ? std::min(wait, left) : wait);
}

Instant due_by_terms(const Delivery& delivery, Duration in_doubt_wait) {
  MUST(delivery.attempted.has_value());
  auto wait = wait_by_terms(delivery);
  if (delivery.is_in_doubt) wait = std::max(wait, in_doubt_wait);
  return std::min(*delivery.attempted + wait, delivery.expires);
}

}  // namespace greyhound::scheduler
