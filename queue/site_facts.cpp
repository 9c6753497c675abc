#include "queue/site_facts.hpp"

#include <algorithm>
#include <utility>

namespace greyhound::queue {
namespace {

// What both allow; where they exclude each other the newer one.
WindowBounds narrowed(const WindowBounds& known, const WindowBounds& seen) {
  const WindowBounds both{.above = std::max(known.above, seen.above),
                          .upto = std::min(known.upto, seen.upto)};
  return both.above < both.upto ? both : seen;
}

void learn_pass(SiteFacts& facts, const SiteLesson& lesson) {
  const auto above = lesson.refused.value_or(Duration::zero());
  const auto bounds = narrowed({.above = facts.latest_refusal.value_or(Duration::zero()),
                                .upto = facts.earliest_pass.value_or(std::max(lesson.age, above))},
                               {.above = above, .upto = lesson.age});
  const bool is_first = facts.passes == 0;
  ++facts.passes;
  ++facts.passes_since_refusal;
  facts.earliest_pass = bounds.upto;
  facts.latest_refusal.reset();
  if (bounds.above > Duration::zero()) facts.latest_refusal = bounds.above;
  if (!lesson.refused) {
    facts.two_step.reset();
    return;
  }
  const WindowBounds door{.above = lesson.refused_before.value_or(Duration::zero()),
                          .upto = *lesson.refused};
  if (facts.two_step) {
    facts.two_step = narrowed(*facts.two_step, door);
  } else if (is_first) {
    facts.two_step = door;
  }
}

void learn_refusal(SiteFacts& facts, const SiteLesson& lesson) {
  ++facts.refusals;
  facts.passes_since_refusal = 0;
  facts.latest_refusal = std::max(facts.latest_refusal.value_or(lesson.age), lesson.age);
  const bool is_longer_now = facts.earliest_pass && *facts.earliest_pass <= lesson.age;
  if (!is_longer_now || facts.two_step) return;
  facts.earliest_pass.reset();
  facts.passes = 0;
}

void learn_of_stated_wait(SiteFacts& facts, const SiteLesson& lesson) {
  if (lesson.stated == StatedWaitFate::kept) facts.stated_broken = 0;
  if (lesson.stated != StatedWaitFate::broken) return;
  if (++facts.stated_broken <= broken_waits_allowed) return;
  facts.stated_ignored = lesson.at + disbelief_of_waits;
  facts.stated_broken = 0;
}

}  // namespace

SiteFacts with_lesson(SiteFacts facts, const SiteLesson& lesson) {
  facts.changed = lesson.at;
  if (lesson.has_passed) {
    learn_pass(facts, lesson);
  } else {
    learn_refusal(facts, lesson);
  }
  learn_of_stated_wait(facts, lesson);
  return facts;
}

SiteFacts with_lesson(SiteFacts facts, const KeyLesson& lesson) {
  facts.keying = with_lesson(std::move(facts.keying), lesson);
  return facts;
}

}  // namespace greyhound::queue
