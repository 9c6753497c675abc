#include "agent/agent.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"

namespace greyhound::cli {

int run(const std::filesystem::path& config_folder, Console& console) {
  auto settings = load_settings(config_folder, SettingsFor::the_agent, console);
  if (!settings) return exit_config_error;
  StderrLog log(EventLog::Level::info);
  return agent::run(*std::move(settings), log);
}

}  // namespace greyhound::cli
