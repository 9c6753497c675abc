// Where the queue is for a command that only reads: at the running agent, or, with no agent there,
// in the store, opened read-only. The one place that decides which.
// Errors: as open_rocks_store(); disk if the agent never ran with this configuration.
#pragma once

#include <memory>
#include <optional>

#include "cli/agent_client.hpp"
#include "cli/console.hpp"
#include "config/settings.hpp"
#include "queue/store.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"

namespace greyhound::cli {

struct FoundQueue {
  std::optional<AgentClient> agent = {};
  std::unique_ptr<queue::Store> store = {};  // where there is no agent
};

// Says on `console.err` if it is the store. `clock` and `log` outlive it.
Result<FoundQueue> find_queue(const config::Settings& settings,
                              const Clock& clock,
                              EventLog& log,
                              Console& console);

// The agent answered, but not what was asked for: in its own words, if it has any.
Error refused_by_agent(const AgentResponse& response);

}  // namespace greyhound::cli
