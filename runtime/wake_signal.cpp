#include "runtime/wake_signal.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace greyhound::runtime {

namespace asio = boost::asio;

WakeSignal::WakeSignal(const Executor& loop) : never_(loop) {
  never_.expires_at(asio::steady_timer::time_point::max());
}

void WakeSignal::wake() {
  is_set_ = true;
  never_.cancel();
}

Awaitable<> WakeSignal::wait() {
  while (!is_set_) {
    co_await never_.async_wait(asio::as_tuple(asio::use_awaitable));
    // Our own wake() and cancellation from outside look alike here; only the latter must unwind.
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
  is_set_ = false;
}

Awaitable<Result<>> WakeSignal::woken() {
  co_await wait();
  co_return Result<>{};
}

Awaitable<> WakeSignal::wait_at_most(Clock* clock, Duration limit) {
  (void)co_await clock->within(limit, woken());  // the limit is as good a reason to look as a wake
}

}  // namespace greyhound::runtime
