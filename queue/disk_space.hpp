// DiskSpace: whether there is room for the next batch. A file of the size of the reserve is kept
// allocated; when the disk gets full around it, intake ends and the file goes to settlements; when
// that is used up too, nothing is written. All of it comes back by itself.
// Owner:   FoldWriter. Runs on: the storage lane (writer), as asking may block; known() anywhere.
// Source:  docs/ARCHITECTURE.md ("When the disk is full").
#pragma once

#include <atomic>
#include <filesystem>

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

  // What there was room for when it was last asked, whatever was to be written then.
  Room known() const { return known_; }

 private:
  std::uint64_t free_bytes() const;
  bool allocate_reserve();
  void release_reserve();
  Room room_for(std::uint64_t bytes, std::uint64_t free_bytes) const;
  void tell(Room room, std::uint64_t free_bytes);

  const std::filesystem::path folder_;
  const std::filesystem::path reserve_;
  const std::uint64_t reserve_bytes_;
  const std::uint64_t for_intake_bytes_;  // less than this is short: what is in memory may still
                                          // have to be written to tables
  const std::uint64_t for_settlements_bytes_;  // a step of the log, and its bookkeeping
  EventLog& log_;
  bool has_reserve_ = false;
  Room told_ = Room::ample;
  std::atomic<Room> known_ = Room::ample;
};

}  // namespace greyhound::queue
