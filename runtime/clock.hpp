// Clock: the only source of time. Wall time is stored and compared with due times; steady time
// drives waits. A simulator replaces both.
// Runs on: any loop; sleep() and within() use the timer of the loop they are awaited on.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "runtime/awaitable.hpp"
#include "runtime/result.hpp"

namespace greyhound::runtime {

using Duration = std::chrono::microseconds;
using Instant = std::chrono::sys_time<std::chrono::microseconds>;  // UTC; stored as microseconds
using SteadyInstant = std::chrono::time_point<std::chrono::steady_clock, std::chrono::microseconds>;

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  virtual Instant wall() const = 0;
  virtual SteadyInstant steady() const = 0;

  // Returns after `wait` of steady time; cancellation unwinds it.
  virtual Awaitable<> sleep(Duration wait) = 0;

  // The result of `work`, or Fault::timeout once `limit` has passed; `work` is then cancelled and
  // has unwound before this returns.
  template <class T>
  Awaitable<Result<T>> within(Duration limit, Awaitable<Result<T>> work) {
    std::optional<Result<T>> result;
    co_await run_within(limit, keep(std::move(work), &result));
    if (result) co_return std::move(*result);
    co_return Error{Fault::timeout, "no answer within " + describe(limit)};
  }

 private:
  Awaitable<> run_within(Duration limit, Awaitable<> work);
  static std::string describe(Duration limit);

  template <class T>
  static Awaitable<> keep(Awaitable<Result<T>> work, std::optional<Result<T>>* into) {
    into->emplace(co_await std::move(work));
  }
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Instant wall() const override;
  SteadyInstant steady() const override;
  Awaitable<> sleep(Duration wait) override;
};

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::Clock;
using runtime::Duration;
using runtime::Instant;
using runtime::SteadyInstant;
using runtime::SystemClock;
}  // namespace greyhound
