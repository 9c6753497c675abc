#include "runtime/clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "runtime/duration_text.hpp"
#include "runtime/race.hpp"

namespace greyhound::runtime {

namespace asio = boost::asio;

// When the work wins, the sleep is cancelled, and the other way round.
Awaitable<> Clock::run_within(Duration limit, Awaitable<> work) {
  co_await run_either(std::move(work), sleep(limit));
}

std::string Clock::describe(Duration limit) {
  return to_text(limit);
}

Instant SystemClock::wall() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

SteadyInstant SystemClock::steady() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::steady_clock::now());
}

Awaitable<> SystemClock::sleep(Duration wait) {
  asio::steady_timer timer(co_await asio::this_coro::executor, wait);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace greyhound::runtime
