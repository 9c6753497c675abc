// What deliveries taught about one site: how long its greylister refuses. The bounds are what was
// seen; what follows from them is the scheduler's business.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/clock.hpp"

namespace greyhound::queue {

// One greylisted attempt, `age` after the first refusal of its triplet.
struct SiteLesson {
  std::string site;
  Duration age = {};
  bool has_passed = false;  // false: refused again
  Instant at = {};
};

struct SiteFacts {
  std::string site = {};
  std::uint32_t passes = 0;
  std::uint32_t refusals = 0;  // after the first contact
  std::optional<Duration> earliest_pass = {};
  std::optional<Duration> latest_refusal = {};  // the window is not shorter than this, mostly
  Instant changed = {};
};

// `facts` with one lesson more.
inline SiteFacts with_lesson(SiteFacts facts, const SiteLesson& lesson) {
  facts.changed = lesson.at;
  if (lesson.has_passed) {
    ++facts.passes;
    facts.earliest_pass = std::min(facts.earliest_pass.value_or(lesson.age), lesson.age);
  } else {
    ++facts.refusals;
    facts.latest_refusal = std::max(facts.latest_refusal.value_or(lesson.age), lesson.age);
  }
  return facts;
}

}  // namespace greyhound::queue
