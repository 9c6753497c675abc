// LogWriter: the file of the write-ahead log that is being written. It has its blocks before its
// bytes (ADR 7), and what RocksDB appends lies in frames (ADR 24).
// Owner:   RocksDB. Runs on: any thread; one appends, and another may sync meanwhile.
// Errors:  an IOStatus, with the subcode of no space where there is none.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include <rocksdb/file_system.h>

#include "queue/log_frames.hpp"

namespace greyhound::queue {

class LogWriter;

// What is known of all logs together; the one being written takes itself out when it is closed.
struct LogsAtHand {
  std::mutex mutex;
  LogWriter* current = nullptr;
  std::size_t failed = 0;
  std::uint64_t appended_bytes = 0;
};

class LogWriter final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  struct Parts {
    std::shared_ptr<LogsAtHand> logs;
    std::uint64_t step_bytes = 0;    // of what is allocated at a time
    std::uint64_t generation = 0;    // no other log ever had the same in these blocks
    std::uint64_t bytes_before = 0;  // of the file as an older log left it
  };
  LogWriter(std::unique_ptr<rocksdb::FSWritableFile> file, Parts parts);
  ~LogWriter() override;

  // Blocks for `bytes` more. With the mutex of the logs.
  rocksdb::IOStatus make_room(std::uint64_t bytes);

  rocksdb::IOStatus Append(const rocksdb::Slice& data,
                           const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Append(const rocksdb::Slice& data,
                           const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& verification,
                           rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Flush(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RangeSync(std::uint64_t offset,
                              std::uint64_t bytes,
                              const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Close(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override;
  std::uint64_t GetFileSize(const rocksdb::IOOptions& options,
                            rocksdb::IODebugContext* debug) override;
  // The blocks come from make_room alone.
  void SetPreallocationBlockSize(std::size_t /*bytes*/) override {}
  void PrepareWrite(std::size_t /*offset*/,
                    std::size_t /*bytes*/,
                    const rocksdb::IOOptions& /*options*/,
                    rocksdb::IODebugContext* /*debug*/) override {}

 private:
  rocksdb::IOStatus write(std::string_view piece,
                          const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug);
  rocksdb::IOStatus watched(rocksdb::IOStatus status);
  std::uint64_t appended() const;
  rocksdb::IOStatus synced(std::uint64_t bytes, rocksdb::IOStatus status);
  void leave();

  const Parts parts_;
  std::string frame_;               // kept for its memory
  std::uint64_t log_bytes_ = 0;     // appended; guarded by the mutex of the logs, as what follows
  std::uint64_t synced_bytes_ = 0;  // of them
  std::uint64_t file_bytes_ = 0;    // written, frames and all
  std::uint64_t allocated_bytes_;
  bool is_refused_ = false;
  bool has_failed_ = false;
};

}  // namespace greyhound::queue
