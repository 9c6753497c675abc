// DueAnchor: after the wall clock was set back, dues that were written before lie too far ahead.
// They are brought back by as much, so that each delivery waits as long as it was to wait.
// Owner:  Dispatcher. Runs on: the home loop.
// Limits: what was written so long ago that its time has come again is left as it is, and waits
//         for less than twice its wait.
// Errors: none; what cannot be moved is logged and keeps its due.
#pragma once

#include <functional>

#include "queue/store.hpp"
#include "runtime/event_log.hpp"

namespace greyhound::scheduler {

class DueAnchor {
 public:
  using IsActive = std::function<bool(queue::DeliveryId)>;  // its settlement writes a new due
  DueAnchor(queue::Store& store, EventLog& log, IsActive is_active)
      : store_(store), log_(log), is_active_(std::move(is_active)) {}

  // `now`: what the clock says since it was set back, by `by`.
  Awaitable<> bring_back(Instant now, Duration by);

  // By how much the clock was set back between the last mail and this start, as far as one can
  // tell; not positive: not at all.
  static Duration set_back_before(queue::MessageId newest, Instant now);

 private:
  // By one write of its record as a whole, as at the end of an attempt.
  Awaitable<bool> bring_back_one(queue::DeliveryId id, Instant now, Duration by);

  queue::Store& store_;
  EventLog& log_;
  IsActive is_active_;
};

}  // namespace greyhound::scheduler
