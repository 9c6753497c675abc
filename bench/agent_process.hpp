// AgentProcess: `greyhound run` on a state folder, with the defaults for everything that costs
// memory or time, and every domain routed to one port on 127.0.0.1.
// Owner: one benchmark; the destructor kills it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "e2e/child_process.hpp"
#include "runtime/ip.hpp"

namespace greyhound::bench {

class AgentProcess {
 public:
  // Writes the configuration into `state_dir`.
  AgentProcess(const std::filesystem::path& state_dir, std::uint16_t receiver_port);

  // For the next launch: greyhound.json with these values over what it had (RFC 7396).
  void change_settings(const std::string& changes);

  SteadyInstant launch();           // when it was started
  double wait_until_ready() const;  // seconds since then
  void kill();                      // SIGKILL
  void stop();                      // SIGTERM, and waits for the end
  pid_t pid() const { return process_->pid(); }
  Endpoint intake() const;  // its TCP listener, as bound
  const std::filesystem::path& config_folder() const { return state_dir_; }

 private:
  std::filesystem::path state_dir_;
  SteadyInstant launched_;
  std::unique_ptr<e2e::ChildProcess> process_;
};

}  // namespace greyhound::bench
