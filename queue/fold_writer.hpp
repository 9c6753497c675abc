// FoldWriter: writes one fold of waiting writes as one batch: what may be written at all, what goes
// along with it (highest id, floors of the indexes), and who is told.
// Owner:   RocksStore. Runs on: write() and start() on the storage lane (writer) or before it; the
//          rest anywhere.
// Errors:  each write of the fold gets its own; disk_full where there is no room for it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "queue/changes.hpp"
#include "queue/disk_space.hpp"
#include "queue/dot_marks.hpp"
#include "queue/index_floor.hpp"
#include "queue/reclaimer.hpp"
#include "queue/rocks_database.hpp"
#include "queue/storage_lane.hpp"
#include "runtime/clock.hpp"

namespace greyhound::queue {

class FoldWriter {
 public:
  using Listener = std::function<void(std::vector<DueEntry>)>;

  FoldWriter(RocksDatabase& database, const QueueSettings& settings, EventLog& log);

  // Reads what the last run left in meta.
  Result<> start(const Clock& clock);

  void write(StorageLane::Writes writes);

  MessageId last_id() const { return last_id_; }
  const IndexFloor& due_floor() const { return due_floor_; }
  const IndexFloor& expiry_floor() const { return expiry_floor_; }
  bool is_failing() const { return is_failing_; }  // the last batch could not be written
  void set_listener(Listener listener) { listener_ = std::move(listener); }

  // Looks after the disk from now on: free space is asked before each batch. Not for a store that
  // is open for reading.
  void keep_space(const StoreSizes& sizes);
  Room known_room() const { return space_ ? space_->known() : Room::ample; }

  // Those of attempts that are settled go, once that is written.
  void clear_marks_in(DotMarks* marks) { marks_ = marks; }

 private:
  Room ask_for_room(std::uint64_t bytes);
  std::vector<LaneWrite*> apply(const StorageLane::Writes& writes, Changes& changes);
  void clear_marks(const std::vector<DeliveryId>& settled);
  Result<> write_batch(Changes& changes, Durability durability);
  void after_write(const Changes& changes);

  RocksDatabase& database_;
  const QueueSettings settings_;
  EventLog& log_;
  const Clock* clock_ = nullptr;
  std::unique_ptr<DiskSpace> space_;
  std::unique_ptr<Reclaimer> reclaimer_;
  Listener listener_;
  DotMarks* marks_ = nullptr;
  IndexFloor due_floor_{Family::due, "due_floor"};
  IndexFloor expiry_floor_{Family::expiry, "expiry_floor"};
  MessageId last_id_{0};
  std::uint64_t new_ledger_lines_ = 0;
  std::atomic<bool> is_failing_ = false;
};

}  // namespace greyhound::queue
