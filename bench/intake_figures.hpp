// How fast mail gets in and is safe: each 250 stands for a message that was synced to disk. Beside
// it what source and loopback do without an agent, and what one synced write takes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/figures.hpp"
#include "bench/intake_memory.hpp"

namespace greyhound::bench {

struct IntakePlan {
  std::string scale;
  std::size_t repetitions;  // the median counts
  std::uint64_t many;       // messages of 4 KiB from 20 and from 100 sessions
  std::uint64_t few;        // from one
  std::uint64_t large;      // messages of 1 MiB
  double paced_s;           // how long messages come at half the highest rate
  BodiesPlan bodies;
  std::vector<std::string> only = {};  // figures to take, such as 100_sessions_pipelined; none: all
};

void measure_intake(const IntakePlan& plan,
                    const std::filesystem::path& scratch,
                    FigureSheet& sheet);

}  // namespace greyhound::bench
