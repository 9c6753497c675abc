// DiskSpace: whether there is room for the next batch. A file of the size of the reserve is kept
// allocated; when the disk gets full around it, intake ends and the file goes to settlements; when
// that is used up too, nothing is written. All of it comes back by itself.
// Owner:   RocksStore. Runs on: any thread.
// Source:  docs/ARCHITECTURE.md ("When the disk is full").
#pragma once

#include <filesystem>
#include <mutex>

#include "queue/queue_settings.hpp"
#include "queue/store_values.hpp"
#include "queue/volume.hpp"
#include "runtime/event_log.hpp"

namespace greyhound::queue {

class DiskSpace {
 public:
  // Opening writes too: the log that is there may go to tables. Gives up the reserve for that where
  // it must. Fault::disk_full: that is not enough, by how much.
  static Result<> make_room_to_open(const QueueSettings& settings);

  // Makes the reserve file in the queue folder, as far as there is room for it.
  DiskSpace(const QueueSettings& settings, const StoreSizes& sizes, EventLog& log);

  // What there is room for if `bytes` more were written. Looks at the volume each time.
  Room ask(std::uint64_t bytes);

 private:
  bool allocate_reserve();
  void release_reserve();
  void tell(Room room, std::uint64_t free_bytes);

  const std::filesystem::path folder_;
  const std::filesystem::path reserve_;
  const std::uint64_t reserve_bytes_;
  const std::uint64_t for_intake_bytes_;  // less than this is short: what is in memory may still
                                          // have to be written to tables
  const std::uint64_t for_settlements_bytes_;  // a step of the log, and its bookkeeping
  EventLog& log_;
  std::mutex mutex_;  // guards what follows
  bool has_reserve_ = false;
  Room last_ = Room::ample;
};

}  // namespace greyhound::queue
