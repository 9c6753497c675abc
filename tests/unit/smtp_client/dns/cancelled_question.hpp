// A question to a resolver whose asker is cancelled, as at the end of the agent.
#pragma once

#include <string>

#include <boost/asio/io_context.hpp>

#include "runtime/task_group.hpp"
#include "smtp_client/dns/resolver.hpp"

namespace greyhound::smtp {

// True: the asker has unwound without an answer. `resolver` answers late or never.
inline bool ends_when_cancelled(boost::asio::io_context& loop,
                                Resolver& resolver,
                                const std::string& name) {
  TaskGroup tasks(loop.get_executor());
  bool was_answered = false;
  const auto ask = [](Resolver* asked, std::string about, bool* answered) -> Awaitable<> {
    static_cast<void>(co_await asked->mx(std::move(about)));
    *answered = true;
  };
  tasks.spawn("ask", ask(&resolver, name, &was_answered));
  loop.poll();

  tasks.cancel();
  loop.restart();
  loop.run();
  return !was_answered && tasks.size() == 0;
}

}  // namespace greyhound::smtp
