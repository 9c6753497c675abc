// AgentProcess: `greyhound run` with a private configuration and state, which survive its restarts.
// Owner:  one test. Needs GREYHOUND_BINARY, the path of the program.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "e2e/agent_config.hpp"
#include "e2e/child_process.hpp"
#include "e2e/log_event.hpp"
#include "runtime/ip.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::e2e {

class AgentProcess {
 public:
  static constexpr Duration patience = std::chrono::seconds(20);

  explicit AgentProcess(const AgentConfig& config);

  bool start();  // waits until it is ready; what it printed tells why it is not
  void kill();   // SIGKILL
  int stop();    // SIGTERM; its exit code

  const std::filesystem::path& folder() const { return folder_.path(); }
  Endpoint intake() const;  // its TCP listener, as bound

  std::vector<std::string> lines() const;  // all output, earlier runs first
  std::vector<LogEvent> events(std::string_view name, const Fields& wanted = {}) const;
  // The first event that fits, of any run, waiting for it.
  std::optional<LogEvent> wait_for(std::string_view name,
                                   const Fields& wanted = {},
                                   Duration limit = patience) const;

  // Another subcommand, with the same configuration.
  Finished run(std::vector<std::string> arguments, std::string input = {}) const;
  // The same, without waiting for anything.
  std::unique_ptr<ChildProcess> launch(const std::vector<std::string>& arguments = {"run"}) const;

 private:
  world::TempFolder folder_;
  std::vector<std::string> earlier_lines_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace greyhound::e2e
