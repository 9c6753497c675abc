// VirtualClock: a wall clock that a benchmark moves, so that a day of deferrals takes minutes.
// Runs on: any thread; set() on one.
#pragma once

#include <atomic>

#include "runtime/clock.hpp"

namespace greyhound::bench {

class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Instant wall) : wall_us_(wall.time_since_epoch().count()) {}

  Instant wall() const override { return Instant(Duration(wall_us_)); }
  SteadyInstant steady() const override { return system_.steady(); }
  Awaitable<> sleep(Duration wait) override { return system_.sleep(wait); }

  void set(Instant wall) { wall_us_ = wall.time_since_epoch().count(); }

 private:
  SystemClock system_;
  std::atomic<std::int64_t> wall_us_;
};

}  // namespace greyhound::bench
