#include "bench/callers.hpp"

#include <cstdio>
#include <cstdlib>

#include "bench/progress.hpp"

namespace greyhound::bench {

void give_up(const std::string& why) {
  say("store bench: " + why);
  std::fflush(nullptr);
  std::_Exit(1);  // the store's threads still run: nothing may be destroyed under them
}

void run_callers(std::size_t count, const std::function<Awaitable<>(std::size_t)>& make) {
  boost::asio::io_context loop(1);
  TaskGroup tasks(loop.get_executor());
  for (std::size_t i = 0; i < count; ++i)
    tasks.spawn("caller", make(i));
  loop.run();
}

}  // namespace greyhound::bench
