// RocksHandles: an open RocksDB with its column family handles, and how it is opened.
// Owner:   RocksDatabase. Runs on: any thread once it is open.
// Errors:  of open(): as open_rocks_store().
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include "queue/log_files.hpp"
#include "queue/recent_records.hpp"
#include "queue/rocks_database.hpp"

namespace greyhound::queue {

class RocksOptions;

inline rocksdb::Slice to_slice(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view to_view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}
Error to_error(const rocksdb::Status& status, std::string_view doing);
Result<std::string> known_record(std::optional<std::string> record);  // nullopt: it was erased

// What lies under the database. `log` outlives it.
struct RocksDisk {
  EventLog* log = nullptr;
  std::shared_ptr<rocksdb::FileSystem> files = {};
};

struct RocksHandles {
  RocksHandles() = default;
  RocksHandles(const RocksHandles&) = delete;
  RocksHandles& operator=(const RocksHandles&) = delete;
  ~RocksHandles();  // the handles go first: RocksDB aborts if one of them outlives it

  static Result<std::unique_ptr<RocksHandles>> open(const QueueSettings& settings,
                                                    OpenMode mode,
                                                    const RocksDisk& disk);

  // nullptr: an older schema, opened read-only, has no such family.
  rocksdb::ColumnFamilyHandle* of(Family family) const {
    return by_family[static_cast<std::size_t>(family)];
  }

  // An error: the log has half a record, or a batch that was refused, and nothing may be put behind
  // that. RocksDB 7.8 clears an error for want of space by itself: it would go on behind half a
  // record, or use the sequence numbers of the refused batch again, and then never open any more.
  Result<> sound_log() const;

  std::shared_ptr<LogFiles> logs;
  std::unique_ptr<RecentRecords> recent;
  std::atomic<bool> has_refused_batch = false;  // it is in the log all the same
  std::unique_ptr<rocksdb::Env> env;
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> all;
  std::array<rocksdb::ColumnFamilyHandle*, all_families.size()> by_family{};
  std::vector<std::string> log_damage;  // what was passed over while it was opened
  OpenMode mode = OpenMode::read_only;
  unsigned schema = 0;  // 0: none was written yet, the database is new
};

}  // namespace greyhound::queue
