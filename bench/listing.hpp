// What `greyhound queue list` takes while the agent runs.
#pragma once

#include <cstdint>

#include "bench/agent_process.hpp"

namespace greyhound::bench {

struct Listing {
  double whole_s;
  std::uint64_t lines;
  double peak_mib;        // of the program that lists, at the end
  double early_peak_mib;  // when a tenth had come
};
Listing list_all(const AgentProcess& agent, std::uint64_t expected_lines);

// From its start to its first output, median of some runs. The reader then goes away.
double first_page_ms(const AgentProcess& agent);

}  // namespace greyhound::bench
