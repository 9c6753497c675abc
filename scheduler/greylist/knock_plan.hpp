// When to knock again at a site whose greylister has let somebody through before. What is known is
// an interval that holds its window; a knock inside it may be refused but tells more. The plan
// weighs the wait against the knocks, those of later mail included. Pure.
// Source: docs/adr/020-learned-windows.md.
#pragma once

#include <optional>

#include "queue/site_facts.hpp"
#include "scheduler/greylist/window_prior.hpp"

namespace greyhound::scheduler {

struct KnockPlan {
  Duration first = {};       // age of the first knock
  Duration known_end = {};   // age at which somebody got through: the next one, if that is refused
  bool is_two_step = false;  // a knock that is refused opens the door for the next
};

// None: nobody got through yet. No second knock comes before the age `first_of_series`.
std::optional<KnockPlan> plan_knock(const WindowPrior& prior,
                                    const queue::SiteFacts& site,
                                    Duration first_of_series);

// Whether the same plan follows from both.
bool give_same_plan(const queue::SiteFacts& one, const queue::SiteFacts& other);

}  // namespace greyhound::scheduler
