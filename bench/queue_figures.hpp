// The figures that a filled queue gives: agent, listing, disk, what is due after a day of churn.
#pragma once

#include <filesystem>

#include "bench/bench_plan.hpp"
#include "bench/figures.hpp"

namespace greyhound::bench {

struct QueueGroup {
  const BenchPlan& plan;
  std::filesystem::path scratch;
  std::uint64_t seed;
  bool is_kept;
};

// One folder after the other is filled, used for all figures of its size, and removed.
void measure_queues(const QueueGroup& group, FigureSheet& sheet);

}  // namespace greyhound::bench
