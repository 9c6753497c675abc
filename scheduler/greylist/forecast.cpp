#include "scheduler/greylist/forecast.hpp"

#include <algorithm>

namespace greyhound::scheduler {

std::optional<Duration> usual_passage(const WaitFacts& known) {
  if (known.plan) return known.plan->known_end;
  const auto& reply = known.reply;
  const bool is_one = reply.signature.size() == 1 && !reply.is_shared;
  return is_one ? reply.signature.front()->window : std::nullopt;
}

std::optional<Instant> passes_at(const queue::Delivery& after, std::optional<Duration> usual) {
  switch (after.terms.source) {
    case queue::WaitSource::series:
    case queue::WaitSource::own_clock:
      return std::nullopt;
    case queue::WaitSource::learned:
      if (!usual || !after.greylist_anchor) return std::nullopt;
      return std::max(after.due, *after.greylist_anchor + *usual);
    case queue::WaitSource::stated:
    case queue::WaitSource::known_end:
    case queue::WaitSource::signature:
    case queue::WaitSource::third_contact:
      break;
  }
  return after.due;
}

}  // namespace greyhound::scheduler
