// WakeSignal: lets one task sleep until another has news for it. A wake that comes before the wait
//             is
// kept, so none is lost; several wakes before one wait count as one.
// Runs on: the loop given at construction, all members alike.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include "runtime/awaitable.hpp"
#include "runtime/clock.hpp"

namespace greyhound::runtime {

class WakeSignal {
 public:
  explicit WakeSignal(const Executor& loop);

  void wake();
  Awaitable<> wait();
  Awaitable<> wait_at_most(Clock* clock, Duration limit);

 private:
  Awaitable<Result<>> woken();

  boost::asio::steady_timer never_;  // cancelled by wake()
  bool is_set_ = false;
};

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::WakeSignal;
}
