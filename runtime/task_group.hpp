// TaskGroup: the owner of running coroutines. Every task belongs to one group, which cancels and
// joins it; nothing else starts coroutines.
// Owner: whoever outlives the tasks; joined before destruction (a MUST).
// Runs on: the loop given at construction, all members alike.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "runtime/awaitable.hpp"
#include "runtime/must.hpp"

namespace greyhound::runtime {

class TaskGroup {
 public:
  explicit TaskGroup(Executor loop);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  // Starts a task. `name` is for the bug report if it ends by an exception that is not
  // cancellation.
  // After cancel() new tasks are dropped without being started.
  void spawn(std::string name, Awaitable<> task);

  void cancel();       // asks every task to unwind; also those that are spawned later
  Awaitable<> join();  // returns when the last one has ended

  std::size_t size() const { return tasks_.size(); }
  const Executor& loop() const { return loop_; }

 private:
  struct Task {
    std::string name;
    boost::asio::cancellation_signal stop;
  };

  Executor loop_;
  std::list<Task> tasks_;
  boost::asio::steady_timer changed_;  // its cancellation wakes join()
  bool is_cancelled_ = false;
};

// Goes on when all that could run on this loop by now has run.
Awaitable<> let_others_run();

// run_on() for work without a value.
Awaitable<> run_there(Executor loop, Awaitable<> work);

template <class T>
Awaitable<> keep_value(Awaitable<T> work, std::optional<T>* into) {
  into->emplace(co_await std::move(work));
}

// Runs `work` on another loop and comes back to the caller's with its value. Cancelling the caller
// cancels the work over there; the caller still waits until it has unwound.
template <class T>
Awaitable<T> run_on(Executor loop, Awaitable<T> work) {
  if constexpr (std::is_void_v<T>) {
    co_await run_there(std::move(loop), std::move(work));
  } else {
    std::optional<T> value;
    co_await run_there(std::move(loop), keep_value(std::move(work), &value));
    MUST(value.has_value());  // the work ended without a throw
    co_return std::move(*value);
  }
}

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::let_others_run;
using runtime::run_on;
using runtime::TaskGroup;
}  // namespace greyhound
