#include "world/virtual_time.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace greyhound::world {

namespace asio = boost::asio;

// A timer that never fires; cancelling it ends the sleep.
struct VirtualTime::Sleeper {
  explicit Sleeper(Executor loop) : never(std::move(loop)) {
    never.expires_at(asio::steady_timer::time_point::max());
  }
  asio::steady_timer never;
  bool is_over = false;
};

Awaitable<> VirtualTime::sleep(Duration wait) {
  Sleeper self(co_await asio::this_coro::executor);
  struct Entry {
    std::multimap<Instant, Sleeper*>& all;
    std::multimap<Instant, Sleeper*>::iterator place;
    ~Entry() { all.erase(place); }
  } entry{sleepers_, sleepers_.emplace(now_ + wait, &self)};
  co_await self.never.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!self.is_over) throw boost::system::system_error(asio::error::operation_aborted);
}

void VirtualTime::call_after(Duration wait, std::function<void()> what) {
  calls_.emplace(now_ + wait, std::move(what));
}

void VirtualTime::run_what_can_run() {
  while (context_.poll() > 0) {
    context_.restart();
  }
  context_.restart();
}

bool VirtualTime::run_until(const std::function<bool()>& done, Duration limit) {
  const auto last = now_ + limit;
  for (;;) {
    run_what_can_run();
    if (done()) return true;
    const auto next = next_event();
    if (!next || *next > last) {
      now_ = last;
      return false;
    }
    now_ = std::max(now_, *next);
    bring_about_what_is_due();
  }
}

std::optional<Instant> VirtualTime::next_event() const {
  if (sleepers_.empty() && calls_.empty()) return std::nullopt;
  if (sleepers_.empty()) return calls_.begin()->first;
  if (calls_.empty()) return sleepers_.begin()->first;
  return std::min(sleepers_.begin()->first, calls_.begin()->first);
}

void VirtualTime::bring_about_what_is_due() {
  for (auto& [at, sleeper] : sleepers_) {
    if (at > now_) break;
    sleeper->is_over = true;
    sleeper->never.cancel();
  }
  while (!calls_.empty() && calls_.begin()->first <= now_)
    calls_.extract(calls_.begin()).mapped()();
}

void VirtualTime::run_for(Duration span) {
  (void)run_until([] { return false; }, span);
}

}  // namespace greyhound::world
