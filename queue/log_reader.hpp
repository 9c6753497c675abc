// LogReader: a write-ahead log as RocksDB wrote it, out of a file in which it lies in frames.
// Owner:   RocksDB. Runs on: any thread, one at a time.
// Errors:  an IOStatus; corruption where something is missing that was synced.
#pragma once

#include <memory>
#include <optional>

#include <rocksdb/file_system.h>

#include "queue/log_frames.hpp"

namespace greyhound::queue {

// Of a file without frames, nothing.
rocksdb::IOStatus map_log(rocksdb::FSRandomAccessFile& file, std::optional<LogMap>& map);

class LogReader final : public rocksdb::FSSequentialFile {
 public:
  // Where `skips_damage`, there are zeros in place of what is missing.
  LogReader(std::unique_ptr<rocksdb::FSRandomAccessFile> file, LogMap map, bool skips_damage)
      : file_(std::move(file)), map_(std::move(map)), skips_damage_(skips_damage) {}

  rocksdb::IOStatus Read(std::size_t bytes,
                         const rocksdb::IOOptions& options,
                         rocksdb::Slice* result,
                         char* scratch,
                         rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Skip(std::uint64_t bytes) override;

 private:
  std::unique_ptr<rocksdb::FSRandomAccessFile> file_;
  const LogMap map_;
  const bool skips_damage_;
  std::uint64_t at_ = 0;   // in the log
  std::size_t piece_ = 0;  // the first that does not end before that
};

}  // namespace greyhound::queue
