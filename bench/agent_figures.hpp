// What an agent costs that has nothing to do, and how fast it is back after it was killed.
#pragma once

#include <optional>

#include "bench/agent_process.hpp"
#include "bench/figures.hpp"
#include "bench/filled_queue.hpp"
#include "bench/silent_receiver.hpp"

namespace greyhound::bench {

struct IdlePlan {
  Duration settle_at_most;  // RocksDB may still be tidying up after the filling
  Duration watched;
};

struct Idle {
  double resident_mib;
  double processor_percent;
};
Idle measure_idle(const AgentProcess& agent, const IdlePlan& plan);
double resident_mib(const AgentProcess& agent);
double log_mib(const FilledQueue& filled);  // write-ahead logs that a start has to read

struct Revival {
  double first_attempt_s;  // from the start to the first connection at the receiver
  double accepted;         // messages, before the agent was killed at it
  double log_mib;
};
// Hands in mail from some connections for `burst`, kills the agent meanwhile, starts it again.
Revival measure_revival(AgentProcess& agent,
                        SilentReceiver& receiver,
                        const FilledQueue& filled,
                        Duration burst);

}  // namespace greyhound::bench
