// LogFiles: RocksDB's file system with write-ahead logs of our own making. They have their blocks
// before their bytes: RocksDB 7.8 aborts the process when an append to its log finds the disk full,
// and asking for free space beforehand is no help against another program that takes it meanwhile.
// So the blocks are allocated first, where being refused is only an error. It aborts as well when a
// log that has failed is touched again, so it is known here which have. And a log that is done with
// leaves its blocks to a later one, which is then synced without the inode (ADR 24).
// Owner:   RocksHandles. Runs on: any thread.
// Errors:  an IOStatus with the subcode of no space.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <rocksdb/file_system.h>

#include "queue/log_writer.hpp"
#include "runtime/random.hpp"

namespace greyhound::queue {

// What is in a log, less than what its file takes. 0: it cannot be read.
std::uint64_t bytes_in_log(const std::filesystem::path& log);

class LogFiles final : public rocksdb::FileSystemWrapper {
 public:
  struct Parts {
    std::filesystem::path folder;  // of the queue: logs elsewhere are copies and stay as they are
    std::uint64_t step_bytes = 0;  // by which a log grows
    bool skips_damage = false;     // what was synced and cannot be read is passed over
  };
  LogFiles(const std::shared_ptr<rocksdb::FileSystem>& base, Parts parts);

  // Blocks for `bytes` more in the log that is being written.
  rocksdb::IOStatus make_room(std::uint64_t bytes);
  // Whether writing or syncing failed on a log that is still open: it must not be synced again.
  bool has_failed_log() const;
  // Of all logs together, what failed included: grows with every batch that reaches one.
  std::uint64_t appended_bytes() const;

  // A file whose blocks wait for the next log.
  static bool is_spare(const std::string& name);
  // At any time, in any process: what is not there is not used. Whether there was one.
  static bool give_back_spares(const std::filesystem::path& folder);

  const char* Name() const override { return "LogFiles"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name,
                                    const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& name,
                                       const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewSequentialFile(const std::string& name,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFileSize(const std::string& name,
                                const rocksdb::IOOptions& options,
                                std::uint64_t* bytes,
                                rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  bool is_log(const std::string& name) const;
  rocksdb::IOStatus open_new(const std::string& name,
                             const rocksdb::FileOptions& options,
                             std::unique_ptr<LogWriter>& log);
  void open_spare(const std::string& name,
                  const rocksdb::FileOptions& options,
                  std::unique_ptr<LogWriter>& log);
  rocksdb::IOStatus void_content(const std::string& spare,
                                 const rocksdb::FileOptions& options,
                                 std::uint64_t generation);
  std::unique_ptr<LogWriter> write_to(std::unique_ptr<rocksdb::FSWritableFile> file,
                                      std::uint64_t generation,
                                      std::uint64_t bytes_before);
  rocksdb::IOStatus map_file(const std::string& name,
                             const rocksdb::FileOptions& options,
                             std::optional<LogMap>& map);
  bool keep_as_spare(const std::string& name);

  const Parts parts_;
  std::shared_ptr<LogsAtHand> logs_;
  std::mutex spares_mutex_;   // guards the spares on disk as well as what follows
  Random random_;             // generations
  std::size_t next_in_ = 0;   // where the next spare is put,
  std::size_t next_out_ = 0;  // and taken from: the oldest first
};

}  // namespace greyhound::queue
