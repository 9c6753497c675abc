// Settings of the queue: "queue" and "state_dir" in greyhound.json.
#pragma once

#include <cstdint>
#include <filesystem>

namespace greyhound::queue {

struct QueueSettings {
  std::filesystem::path folder = "/var/lib/greyhound/queue";  // state_dir/queue
  std::uint64_t memory_bytes = 256ULL << 20;        // block cache and write buffers together
  std::uint64_t reserve_disk_bytes = 256ULL << 20;  // with less free space nothing is accepted
};

}  // namespace greyhound::queue
