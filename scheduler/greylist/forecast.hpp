// When a greylister can be expected to let a mail pass. Pure.
#pragma once

#include <optional>

#include "queue/delivery.hpp"
#include "scheduler/greylist/wait_choice.hpp"

namespace greyhound::scheduler {

// After the first refusal, at that site: as other mail has shown, or the only greylister that
// answers like this is known to have it.
std::optional<Duration> usual_passage(const WaitFacts& known);

// With its next attempt, if its wait was chosen for that.
std::optional<Instant> passes_at(const queue::Delivery& after, std::optional<Duration> usual);

}  // namespace greyhound::scheduler
