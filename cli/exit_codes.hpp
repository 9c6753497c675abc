// What every command but sendmail exits with. Scripts rely on these.
#pragma once

#include <cstdint>

namespace greyhound::cli {

enum ExitCode : std::uint8_t {
  exit_done = 0,
  exit_problems_found = 1,
  exit_wrong_usage = 2,
  exit_agent_unreachable = 69,
  exit_io_error = 74,
  exit_config_error = 78,
};

}  // namespace greyhound::cli
