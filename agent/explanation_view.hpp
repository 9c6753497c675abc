// An explanation (scheduler/explanation.hpp) as a JSON object, in the manner of queue_view: names
// are stable, every key is always there, null where it has nothing to say. Whoever adds up the
// terms of "sum" gets its due; instants in microseconds are there for that.
#pragma once

#include <optional>

#include "agent/queue_view.hpp"
#include "scheduler/explanation.hpp"

namespace greyhound::agent {

struct Explained {
  const queue::Delivery& delivery;
  const scheduler::Explanation& explanation;
  const std::optional<queue::SiteFacts>& site;  // of the last attempt, where it is known
  bool is_active;
};

Json explanation_view(const Explained& explained);

}  // namespace greyhound::agent
