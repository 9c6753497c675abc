// AgentProcess: `greyhound run` on a state folder, with the defaults for everything that costs
// memory or time, and every domain routed to one port on 127.0.0.1.
// Owner: one benchmark; the destructor kills it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "e2e/child_process.hpp"
#include "runtime/ip.hpp"

namespace greyhound::bench {

class AgentProcess {
 public:
  // Writes the configuration into `state_dir`.
  AgentProcess(const std::filesystem::path& state_dir, std::uint16_t receiver_port);

  // For the next launch: greyhound.json with these values over what it had (RFC 7396).
  void change_settings(const std::string& changes);

  // From the next launch on it writes its log there. Else a thread of the benchmark reads it, which
  // takes processor time from an agent that logs ten thousand messages a second.
  void log_to(const std::filesystem::path& file) { log_file_ = file; }

  SteadyInstant launch();           // when it was started
  double wait_until_ready() const;  // seconds since then
  void kill();                      // SIGKILL
  void stop();                      // SIGTERM, and waits for the end
  pid_t pid() const { return process_->pid(); }
  Endpoint intake() const;  // its TCP listener, as bound
  const std::filesystem::path& config_folder() const { return state_dir_; }

 private:
  std::vector<std::string> log_lines() const;

  std::filesystem::path state_dir_;
  std::filesystem::path log_file_;  // empty: the process's own lines
  SteadyInstant launched_;
  std::unique_ptr<e2e::ChildProcess> process_;
};

}  // namespace greyhound::bench
