// race: two pieces of work for the same end, of which one is enough. The second begins when the
// first has failed, or has had its head start and is not done.
// Source: RFC 8305 section 5, whose idea it is.
// Runs on: the loop of the caller. Cancelling the caller cancels both.
#pragma once

#include <optional>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "runtime/awaitable.hpp"
#include "runtime/clock.hpp"
#include "runtime/must.hpp"
#include "runtime/result.hpp"
#include "runtime/wake_signal.hpp"

namespace greyhound::runtime {

template <class T>
class Race {
 public:
  explicit Race(const Executor& loop) : first_is_over_(loop), other_decides_(loop) {}

  Awaitable<> lead(Awaitable<Result<T>> work) {
    auto result = co_await std::move(work);
    if (!result) first_is_over_.wake();
    co_await finish(std::move(result));
  }

  Awaitable<> follow(Clock* clock, Duration head_start, Awaitable<Result<T>> work) {
    co_await first_is_over_.wait_at_most(clock, head_start);
    auto result = co_await std::move(work);
    co_await finish(std::move(result));
  }

  Result<T> take_result() {
    MUST(result_.has_value());
    return std::move(*result_);
  }

 private:
  // Who fails while the other still runs leaves the decision to the other.
  Awaitable<> finish(Result<T> result) {
    const bool was_lost = result_ && result_->has_value();
    if (!was_lost) result_.emplace(std::move(result));
    const bool is_decided = result_->has_value() || std::exchange(has_one_failed_, true);
    if (!is_decided) co_await other_decides_.wait();
  }

  WakeSignal first_is_over_;
  WakeSignal other_decides_;  // never woken: the end of the race cancels it
  bool has_one_failed_ = false;
  std::optional<Result<T>> result_;
};

// Until one of both is done; the other is cancelled and has unwound before this returns.
Awaitable<> run_either(Awaitable<> one, Awaitable<> other);

// The value that came first, or the error that came last.
template <class T>
Awaitable<Result<T>> race(Clock* clock,
                          Duration head_start,
                          Awaitable<Result<T>> first,
                          Awaitable<Result<T>> second) {
  Race<T> both(co_await boost::asio::this_coro::executor);
  co_await run_either(both.lead(std::move(first)),
                      both.follow(clock, head_start, std::move(second)));
  co_return both.take_result();
}

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::race;
}
