// TaskGroup: the owner of running coroutines. Every task belongs to one group, which cancels and
// joins it; nothing else starts coroutines.
// Owner: whoever outlives the tasks; joined before destruction (a MUST).
// Runs on: the loop given at construction, all members alike.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <string>
#include <utility>

#include "runtime/awaitable.hpp"

namespace greyhound::runtime {

class TaskGroup {
 public:
  explicit TaskGroup(Executor loop);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  // Starts a task. `name` is for the bug report if it ends by an exception that is not cancellation.
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

// Runs `work` on another loop and comes back to the caller's with its value.
template <class T>
Awaitable<T> run_on(Executor loop, Awaitable<T> work) {
  co_return co_await boost::asio::co_spawn(loop, std::move(work), boost::asio::use_awaitable);
}

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::run_on;
using runtime::TaskGroup;
}  // namespace greyhound
