// What the volume that the queue lies on has, and how large things may get on it: a queue on a few
// megabytes must not be filled by its own write buffers.
// Errors: disk, where the folder cannot be asked about.
#pragma once

#include <cstdint>

#include "queue/queue_settings.hpp"
#include "runtime/result.hpp"

namespace greyhound::queue {

struct Volume {
  std::uint64_t size_bytes = 0;
  std::uint64_t free_bytes = 0;  // for us, without what root keeps
};
Result<Volume> measure_volume(const std::filesystem::path& folder);

struct StoreSizes {
  std::uint64_t write_buffers = 0;  // all of them together; also what the log may reach
  std::uint64_t one_buffer = 0;
  std::uint64_t recent = 0;  // records that were written a moment ago
  std::uint64_t table_file = 0;
  std::uint64_t index_file = 0;  // of those that are only walked along
  std::uint64_t blob_file = 0;
  std::uint64_t fold = 0;      // of writes in one batch
  std::uint64_t log_step = 0;  // by which the log grows: more than one batch
};
StoreSizes store_sizes(const QueueSettings& settings, std::uint64_t volume_bytes);
StoreSizes store_sizes(const QueueSettings& settings);  // on the volume that the folder is on

}  // namespace greyhound::queue
