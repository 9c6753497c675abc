// PreallocatedLogs: a file system whose write-ahead logs have their blocks before their bytes.
// RocksDB 7.8 aborts the process when an append to its log finds the disk full, and asking for free
// space beforehand is no help against another program that takes it meanwhile. So the blocks are
// allocated first, where being refused is only an error. It aborts as well when a log that has
// failed is touched again, so it is known here which have.
// Owner:   RocksHandles. Runs on: any thread.
// Errors:  an IOStatus with the subcode of no space.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include <rocksdb/file_system.h>

namespace greyhound::queue {

class PreallocatedLogs final : public rocksdb::FileSystemWrapper {
 public:
  PreallocatedLogs(const std::shared_ptr<rocksdb::FileSystem>& base, std::uint64_t step_bytes);

  // Blocks for `bytes` more in the log that is being written.
  rocksdb::IOStatus make_room(std::uint64_t bytes);
  // Whether writing or syncing failed on a log that is still open: it must not be synced again.
  bool has_failed_log() const;
  // Of all logs together, what failed included: grows with every batch that reaches one.
  std::uint64_t appended_bytes() const;

  const char* Name() const override { return "PreallocatedLogs"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name,
                                    const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;

 private:
  class Log;
  // The log that is being written; it takes itself out when it is closed.
  struct Current {
    std::mutex mutex;
    Log* log = nullptr;
    std::size_t failed_logs = 0;
    std::uint64_t appended_bytes = 0;
  };

  const std::uint64_t step_bytes_;
  std::shared_ptr<Current> current_;
};

}  // namespace greyhound::queue
