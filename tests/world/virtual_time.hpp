// VirtualTime: a clock whose hours pass in no time. Tasks sleep on it; run_until() runs everything
// that can run at this instant, then jumps to the earliest sleeper or call.
// Owner: a test. Runs on: the test's thread; one loop, no other threads.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include <boost/asio/io_context.hpp>

#include "runtime/clock.hpp"

namespace greyhound::world {

class VirtualTime final : public Clock {
 public:
  explicit VirtualTime(Instant start) : now_(start) {}

  Instant wall() const override { return now_ + wall_step_; }
  SteadyInstant steady() const override { return SteadyInstant(now_.time_since_epoch()); }
  Awaitable<> sleep(Duration wait) override;

  // Calls `what` on the loop once `wait` has passed; those of one instant in their order.
  void call_after(Duration wait, std::function<void()> what);

  Executor loop() { return context_.get_executor(); }

  // Runs until `done` holds (true) or virtual time passes `limit` from now or nothing is left
  // (false).
  bool run_until(const std::function<bool()>& done, Duration limit);
  void run_for(Duration span);

  // The wall clock is set, as an operator would; steady time goes on.
  void step_wall(Duration by) { wall_step_ += by; }

 private:
  struct Sleeper;

  void run_what_can_run();
  std::optional<Instant> next_event() const;
  void bring_about_what_is_due();

  boost::asio::io_context context_{1};
  Instant now_;
  Duration wall_step_{0};
  std::multimap<Instant, Sleeper*> sleepers_;
  std::multimap<Instant, std::function<void()>> calls_;
};

}  // namespace greyhound::world
