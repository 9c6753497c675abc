// FakeClock: time that stands still until a test moves it.
// Runs on: wall() and steady() from any thread; the rest on the one loop that sleeps on it.
#pragma once

#include <atomic>
#include <list>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/clock.hpp"

namespace greyhound::world {

class FakeClock final : public Clock {
 public:
  // 2026-03-01T12:00:00Z, a Sunday noon with nothing special about it.
  static constexpr Instant noon{std::chrono::seconds(1'772'366'400)};

  explicit FakeClock(Instant wall = noon) : wall_us_(wall.time_since_epoch().count()) {}

  Instant wall() const override { return Instant(Duration(wall_us_)); }
  SteadyInstant steady() const override { return SteadyInstant(Duration(steady_us_)); }

  // Steps the wall clock alone, as an operator or a time server does.
  void set_wall(Instant wall) { wall_us_ = wall.time_since_epoch().count(); }

  // Lets time pass on both clocks and wakes those whose wait is over.
  void advance(Duration by) {
    wall_us_ += by.count();
    steady_us_ += by.count();
    for (auto* sleeper : sleepers_) {
      if (sleeper->until <= steady()) sleeper->timer.cancel();
    }
  }

  std::size_t sleeping() const { return sleepers_.size(); }

  Awaitable<> sleep(Duration wait) override {
    Sleeper sleeper(co_await boost::asio::this_coro::executor, steady() + wait);
    if (sleeper.until <= steady()) co_return;
    const Registration registration(sleepers_, sleeper);
    const auto [woken] =
        co_await sleeper.timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    // Cancelled before its time: by the owner of the task, not by advance().
    if (steady() < sleeper.until) throw boost::system::system_error(woken);
  }

 private:
  struct Sleeper {
    Sleeper(const Executor& loop, SteadyInstant wake)
        : timer(loop, boost::asio::steady_timer::time_point::max()), until(wake) {}
    boost::asio::steady_timer timer;
    SteadyInstant until;
  };

  class Registration {
   public:
    Registration(std::list<Sleeper*>& sleepers, Sleeper& sleeper)
        : sleepers_(sleepers), at_(sleepers.insert(sleepers.end(), &sleeper)) {}
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    ~Registration() { sleepers_.erase(at_); }

   private:
    std::list<Sleeper*>& sleepers_;
    std::list<Sleeper*>::iterator at_;
  };

  std::atomic<std::int64_t> wall_us_;
  std::atomic<std::int64_t> steady_us_ = 0;
  std::list<Sleeper*> sleepers_;
};

}  // namespace greyhound::world
