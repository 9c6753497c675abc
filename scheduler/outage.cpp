#include "scheduler/outage.hpp"

namespace greyhound::scheduler {

void Outage::begin(Instant now) {
  if (is_on_) return;
  if (is_released_) from_ = now;
  is_on_ = true;
  is_released_ = false;
}

void Outage::end(Instant now) {
  if (!is_on_) return;
  is_on_ = false;
  until_ = now;
}

bool Outage::holds(const queue::DueEntry& entry) const {
  if (is_released_ || !entry.is_retry) return false;
  const auto due = entry.position.due;
  return due >= from_ && (is_on_ || due < until_);
}

}  // namespace greyhound::scheduler
