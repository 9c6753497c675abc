// HoldingAgent: the agent on a new folder, which takes mail and keeps all of it: no delivery is
// ever begun. Its log goes to a file.
// Owner: one measurement; the destructor kills the agent and removes the folder.
#pragma once

#include <cstdint>
#include <string>

#include "bench/agent_process.hpp"
#include "bench/filled_queue.hpp"

namespace greyhound::bench {

class HoldingAgent {
 public:
  // `changes`: settings over the agent's defaults, JSON.
  explicit HoldingAgent(const std::filesystem::path& folder, const std::string& changes = "{}");

  Endpoint intake() const { return agent_.intake(); }
  const AgentProcess& process() const { return agent_; }
  double processor_s() const;  // since it began
  double peak_mib() const;     // resident, at most, since it began

  // Kills the agent and reads the queue that it leaves. Gives up if that is another number of
  // messages: one that was answered with 250 is there, whatever comes.
  void kill_and_expect(std::uint64_t messages);

 private:
  ScratchFolder folder_;
  AgentProcess agent_;
};

}  // namespace greyhound::bench
