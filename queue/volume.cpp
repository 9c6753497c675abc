#include "queue/volume.hpp"

#include <algorithm>

namespace greyhound::queue {
namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;

}  // namespace

Result<Volume> measure_volume(const std::filesystem::path& folder) {
  std::error_code failure;
  const auto space = std::filesystem::space(folder, failure);
  if (failure) return Error{Fault::disk, "queue " + folder.string() + ": " + failure.message()};
  return Volume{.size_bytes = space.capacity, .free_bytes = space.available};
}

StoreSizes store_sizes(const QueueSettings& settings, std::uint64_t volume_bytes) {
  StoreSizes sizes;
  // What is only in the log must fit into the reserve as tables, to open again on a full disk.
  const auto half_reserve =
      settings.reserve_disk_bytes > 0 ? settings.reserve_disk_bytes / 2 : UINT64_MAX;
  sizes.write_buffers =
      std::max(std::min({settings.memory_bytes / 2, volume_bytes / 8, half_reserve}), 2 * mib);
  sizes.one_buffer = std::clamp(sizes.write_buffers / 4, mib, 32 * mib);
  sizes.recent = std::min(settings.memory_bytes / 8, 8 * mib);
  sizes.table_file = std::clamp(volume_bytes / 32, mib, 32 * mib);
  sizes.index_file = std::clamp(volume_bytes / 64, mib, 4 * mib);
  sizes.blob_file =
      std::clamp(std::min(settings.memory_bytes / 4, volume_bytes / 16), mib, 64 * mib);
  sizes.fold = std::clamp(volume_bytes / 128, 256 * kib, 4 * mib);
  sizes.log_step = 2 * sizes.fold + mib / 2;
  return sizes;
}

StoreSizes store_sizes(const QueueSettings& settings) {
  const auto volume = measure_volume(settings.folder);
  return store_sizes(settings, volume ? volume->size_bytes : UINT64_MAX);
}

}  // namespace greyhound::queue
