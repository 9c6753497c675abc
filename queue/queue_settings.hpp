// Settings of the queue: "queue" and "state_dir" in greyhound.json.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

#include "runtime/clock.hpp"

namespace greyhound::queue {

struct QueueSettings {
  std::filesystem::path folder = "/var/lib/greyhound/queue";  // state_dir/queue
  std::uint64_t memory_bytes = 256ULL << 20;        // block cache and write buffers together
  std::uint64_t reserve_disk_bytes = 256ULL << 20;  // kept allocated for a disk that gets full
  Duration ledger_keep = std::chrono::hours(30 * 24);
  std::uint64_t ledger_bytes = 256ULL << 20;
};

}  // namespace greyhound::queue
