// accept_rate: how many messages a second become durable when many callers wait, next to a bare
// loop of synced RocksDB batches with the same keys, bytes and messages a batch.
#pragma once

#include <filesystem>

#include "bench/figures.hpp"
#include "bench/filled_queue.hpp"

namespace greyhound::bench {

struct AcceptPlan {
  std::size_t rounds;
  QueueShape round;
};

void measure_accept(const AcceptPlan& plan,
                    const std::filesystem::path& scratch,
                    std::uint64_t seed,
                    FigureSheet& sheet);

}  // namespace greyhound::bench
