// How long a client waits from its final dot to the reply while mail comes at a steady rate, in
// synced writes: less than one nobody can do who keeps what was promised.
#pragma once

#include <filesystem>

#include "bench/figures.hpp"

namespace greyhound::bench {

struct PacePlan {
  std::size_t repetitions;
  double per_s;    // messages, over all sessions
  double paced_s;  // in each repetition
};

void measure_pace(const PacePlan& plan, const std::filesystem::path& scratch, FigureSheet& sheet);

}  // namespace greyhound::bench
