#include "scheduler/clock_watch.hpp"

namespace greyhound::scheduler {
namespace {

constexpr Duration least = std::chrono::minutes(1);

}  // namespace

std::optional<ClockJump> ClockWatch::look(Instant wall, SteadyInstant steady) {
  const ClockJump jump{.from = wall_ + (steady - steady_),
                       .by = wall - (wall_ + (steady - steady_))};
  if (jump.by < least && jump.by > -least) return std::nullopt;
  wall_ = wall;
  steady_ = steady;
  return jump;
}

}  // namespace greyhound::scheduler
