// Callers: coroutines that wait for the store at the same time, as sessions do, on one loop; and
// what a benchmark does about an error: it says so and ends, since no figure would be true.
// Runs on: the calling thread, which it blocks until the last caller has ended.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "runtime/awaitable.hpp"
#include "runtime/result.hpp"
#include "runtime/task_group.hpp"

namespace greyhound::bench {

[[noreturn]] void give_up(const std::string& why);

inline void need(const Result<>& done) {
  if (!done) give_up(done.error().what);
}
template <class T>
T need(Result<T> wanted) {
  if (!wanted) give_up(wanted.error().what);
  return std::move(*wanted);
}

// Starts `count` callers, the n-th from make(n), and waits for all of them.
void run_callers(std::size_t count, const std::function<Awaitable<>(std::size_t)>& make);

// A loop that stays, for calls one after the other: each costs what it costs an idle caller.
class OneCaller {
 public:
  template <class T>
  T call(Awaitable<Result<T>> work) {
    std::optional<Result<T>> result;
    tasks_.spawn("call", runtime::keep_value(std::move(work), &result));
    loop_.restart();
    loop_.run();
    if (!result) give_up("a call ended without a result");
    return need(std::move(*result));
  }

 private:
  boost::asio::io_context loop_{1};
  TaskGroup tasks_{loop_.get_executor()};
};

}  // namespace greyhound::bench
