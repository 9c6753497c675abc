// ClockWatch: finds that the wall clock was set, or that the machine slept: then wall and steady
// time have drifted apart. Times are handed in. Pure.
// Limits: what is less than a minute is nothing, until it adds up to one.
#pragma once

#include <optional>

#include "runtime/clock.hpp"

namespace greyhound::scheduler {

struct ClockJump {
  Instant from;  // what the wall clock would say now
  Duration by;   // and by how much it says more; negative: it was set back
};

class ClockWatch {
 public:
  ClockWatch(Instant wall, SteadyInstant steady) : wall_(wall), steady_(steady) {}

  std::optional<ClockJump> look(Instant wall, SteadyInstant steady);

 private:
  Instant wall_;
  SteadyInstant steady_;  // at the same moment
};

}  // namespace greyhound::scheduler
