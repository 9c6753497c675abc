#include "scheduler/greylist/wait_choice.hpp"

#include <algorithm>

#include "runtime/must.hpp"

namespace greyhound::scheduler {

using queue::DueTerms;
using queue::StatedWait;
using queue::WaitSource;

namespace {

using namespace std::chrono_literals;

// A knock aimed at the end of a known window comes this much after it, and no jitter adds more.
constexpr Duration window_margin = 2s;
constexpr Duration aimed_jitter = 3s;

// Of a pending time: so much of it may pass without a contact.
Duration safe_part(Duration pending) {
  return pending - pending / 10;
}

Duration age_of(const WaitFacts& facts) {
  return facts.now - facts.anchor;
}

// Age at which the series of the rule would make its retry `number`, from 1, at a stranger.
Duration series_age(const RetryRule& rule, std::uint32_t number) {
  Duration age{};
  for (std::uint32_t i = 1; i <= number; ++i)
    age += std::min(wait_at(rule.greylist, i), longest_greylist_gap);
  return age;
}

bool is_first(const WaitFacts& facts) {
  return facts.run.knocks <= 1;
}

// What the reply states, counted from the reply that said so first; none where it is not believed.
std::optional<WaitChoice> stated_wait(const WaitFacts& facts) {
  const auto& hints = facts.settings.hints;
  const auto& stated = facts.reply.stated;
  if (!stated || !hints.obey || !facts.believes_stated) return std::nullopt;
  const auto& before = facts.run.stated;
  const bool is_repeated = before && before->wait == *stated;
  const StatedWait known = is_repeated ? *before : StatedWait{.wait = *stated, .since = facts.now};
  const auto target = known.since + std::min(known.wait, hints.max);
  if (is_repeated && target <= facts.now) return std::nullopt;  // it has not come true
  WaitChoice choice{.wait = target - facts.now};
  choice.terms = {.source = WaitSource::stated,
                  .margin = hints.margin,
                  .jitter_most = aimed_jitter,
                  .least = hints.min};
  choice.run.stated = known;
  return choice;
}

WaitChoice aimed(WaitSource source, Duration wait) {
  WaitChoice choice{.wait = std::max(wait, Duration::zero())};
  choice.terms = {.source = source, .margin = window_margin, .jitter_most = aimed_jitter};
  return choice;
}

// The knock that follows a refused one which was to be refused, or might well be.
std::optional<WaitChoice> planned_wait(const WaitFacts& facts) {
  const auto& run = facts.run;
  if (run.opens_door) {
    auto choice = aimed(WaitSource::third_contact, 60s);
    choice.run.known_end = run.known_end;
    return choice;
  }
  if (!run.known_end || *run.known_end <= age_of(facts)) return std::nullopt;
  return aimed(WaitSource::known_end, *run.known_end - age_of(facts));
}

std::optional<WaitChoice> learned_wait(const WaitFacts& facts) {
  if (!facts.plan || !is_first(facts) || !facts.settings.learning.is_enabled) return std::nullopt;
  auto choice = aimed(WaitSource::learned, facts.plan->first);
  choice.run.opens_door = facts.plan->is_two_step;
  if (facts.plan->known_end > facts.plan->first) choice.run.known_end = facts.plan->known_end;
  return choice;
}

// Of several that reply alike: where waiting too long and knocking in vain cost least together.
const Greylister* best_match(const std::vector<const Greylister*>& signature, Duration second) {
  constexpr Duration price_of_knock = 2min;
  const Greylister* best = nullptr;
  Duration least = Duration::max();
  for (const auto* one : signature) {
    if (!one->window) continue;
    Duration cost{};
    for (const auto* other : signature) {
      if (!other->window) continue;
      const auto through = std::max(*other->window, second);
      cost += *other->window <= *one->window ? *one->window - *other->window
                                             : price_of_knock + through - *other->window;
    }
    if (cost >= least) continue;
    least = cost;
    best = one;
  }
  return best;
}

// Whether a greylister that a reply looks like says when to knock next. Words that many servers use
// are no reason to come later than the series would: it knocks first, and if that was too early and
// the window within its next two steps, the window comes next.
bool is_turn_of(Duration window, const WaitFacts& facts) {
  const bool is_doubtful = facts.reply.is_shared && window > series_age(facts.rule, 1);
  if (!is_doubtful) return is_first(facts);
  return facts.run.knocks == 2 && window > age_of(facts) && window <= series_age(facts.rule, 3);
}

std::optional<WaitChoice> signature_wait(const WaitFacts& facts) {
  if (!facts.settings.obeys_signatures) return std::nullopt;
  const auto& signature = facts.reply.signature;
  const auto* best = best_match(signature, wait_at(facts.rule.greylist, 1));
  if (best == nullptr) return std::nullopt;
  const auto window = best->window.value_or(Duration::zero());
  if (!is_turn_of(window, facts)) return std::nullopt;
  auto choice = aimed(WaitSource::signature, window - age_of(facts));
  choice.terms.signature = best->id;
  choice.run.opens_door = best->third_contact.has_value();
  for (const auto* other : signature) {
    const auto longer = other->window.value_or(Duration::zero());
    if (longer <= window) continue;
    choice.run.known_end = std::max(choice.run.known_end.value_or(longer), longer);
  }
  return choice;
}

WaitChoice series_wait(const WaitFacts& facts) {
  WaitChoice choice{.wait = wait_at(facts.rule.greylist, facts.position)};
  choice.position = facts.position;
  choice.terms = {.source = WaitSource::series,
                  .jitter_most = series_jitter(facts.rule, choice.wait)};
  return choice;
}

// The shortest time after which this greylister may have forgotten the triplet.
Duration pending_time(const GreylistReply& reply) {
  if (reply.is_shared) return shortest_pending_time;
  std::optional<Duration> shortest;
  for (const auto* one : reply.signature) {
    if (!one->pending) return shortest_pending_time;
    shortest = std::min(shortest.value_or(*one->pending), *one->pending);
  }
  return shortest.value_or(shortest_pending_time);
}

// Of a knock for knowledge, which is no step of the series.
std::uint32_t position_kept(const WaitFacts& facts) {
  return std::max(facts.position, 2U) - 1;
}

WaitChoice adapted_wait(const WaitFacts& facts) {
  if (auto stated = stated_wait(facts)) {
    stated->position = facts.position;
    return *stated;
  }
  if (auto planned = planned_wait(facts)) {
    planned->position = position_kept(facts);
    return *planned;
  }
  if (auto learned = learned_wait(facts)) return *learned;
  if (auto signature = signature_wait(facts)) {
    signature->position = position_kept(facts);
    return *signature;
  }
  return series_wait(facts);
}

}  // namespace

Duration wait_at(const std::vector<Duration>& series, std::uint32_t position) {
  MUST(!series.empty() && position > 0);
  return series[std::min<std::size_t>(position, series.size()) - 1];
}

Duration series_jitter(const RetryRule& rule, Duration wait) {
  constexpr Duration most_within_the_hour = 60s;
  const auto share = static_cast<double>(wait.count()) * rule.jitter_fraction;
  const Duration jitter{static_cast<Duration::rep>(share)};
  return wait <= 1h ? std::min(jitter, most_within_the_hour) : jitter;
}

void keep_within(DueTerms& terms, Duration most) {
  terms.most = most;
  terms.jitter_most = std::min(terms.jitter_most, most / 20);
}

Duration total_wait(Duration wait, const DueTerms& terms, double dice) {
  wait += terms.margin;
  if (terms.least) wait = std::max(wait, *terms.least);
  if (terms.most) wait = std::min(wait, *terms.most);
  const auto jitter = static_cast<double>(terms.jitter_most.count()) * dice;
  return wait + Duration{static_cast<Duration::rep>(jitter)};
}

WaitChoice choose_wait(const WaitFacts& facts) {
  auto choice = facts.rule.adapt ? adapted_wait(facts) : series_wait(facts);
  // What the run has seen stays; what it plans is new.
  choice.run.knocks = facts.run.knocks;
  choice.run.refused = facts.run.refused;
  choice.run.refused_before = facts.run.refused_before;
  choice.run.keys = facts.run.keys;
  if (!choice.run.stated) choice.run.stated = facts.run.stated;
  if (!facts.rule.adapt) return choice;

  auto& terms = choice.terms;
  // Who states a wait, or let somebody pass so late, remembers for longer than that.
  if (terms.source == WaitSource::series) {
    keep_within(terms, safe_part(pending_time(facts.reply)));
  }
  if (terms.source != WaitSource::stated && facts.run.knocks > 1) {
    // Retry n never before the series would make its retry n - 1: however wrong what was known may
    // be, it costs no more than one attempt.
    const auto least = series_age(facts.rule, facts.run.knocks - 1) - age_of(facts);
    if (least > choice.wait + terms.margin) terms.least = least;
  }
  return choice;
}

}  // namespace greyhound::scheduler
