// Mail from <> that failed has nobody to be told: it is kept for an operator, and not tried unless
// asked for. Pure.
// Source: docs/ARCHITECTURE.md, "Undeliverable".
#pragma once

#include "scheduler/decision.hpp"

namespace greyhound::scheduler {

// At the end of an attempt or a lifetime: once nothing of such mail is open, what failed is kept.
void keep_undeliverable(Decision& decision, const DecisionFacts& facts);

// An operator had it tried once more and it was put off: true, and it waits for the next time.
bool stays_undeliverable(Decision& decision, const DecisionFacts& facts);

}  // namespace greyhound::scheduler
