#include "scheduler/site_line.hpp"

#include <algorithm>

namespace greyhound::scheduler {

SiteLine::Waiter* SiteLine::next_normal(Instant now) const {
  if (first.empty() && retries.empty()) return nullptr;
  if (first.empty()) return retries.front();
  if (retries.empty()) return first.front();
  const auto& retry = retries.front()->claim;
  const bool is_urgent = retry.is_last || (retry.deadline && is_pressing(*retry.deadline, now));
  if (is_urgent) return retries.front();
  const auto half = most() / 2;
  const bool is_firsts_turn = half == 0 ? !first_went_last : first_running < half;
  return is_firsts_turn ? first.front() : retries.front();
}

Instant SiteLine::earliest_due() const {
  auto earliest = Instant::max();
  for (const auto* line : {&first, &retries}) {
    if (!line->empty()) earliest = std::min(earliest, line->front()->claim.due);
  }
  if (next_of_backlog != nullptr) earliest = std::min(earliest, next_of_backlog->claim.due);
  return earliest;
}

}  // namespace greyhound::scheduler
