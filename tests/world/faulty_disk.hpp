// FaultyDisk: a file system for RocksDB on which one call in many fails, and which knows what would
// be left of its files if the power failed now. It syncs nothing: what a process wrote outlives the
// process anyway, and the rest is what the images are for.
// Owner:   shared with the databases that are open on it.
// Runs on: any thread.
// Limits:  keeps a copy of every file in memory; knows renames and links within one folder only.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <rocksdb/file_system.h>

#include "world/disk_content.hpp"

namespace greyhound::world {

enum class DiskCall : std::uint8_t {
  append,
  sync,        // and fsync of a file
  range_sync,  // a hint that promises nothing
  allocate,
  truncate,
  close,
  create,
  rename,
  link,
  remove,
  open_folder,
  sync_folder,
  read,  // of a whole file or a part
};
inline constexpr std::size_t disk_call_count = static_cast<std::size_t>(DiskCall::read) + 1;
std::string_view to_string(DiskCall call);

// The number-th call of a kind fails, counted from 1.
struct DiskFault {
  DiskCall call;
  std::uint64_t number = 1;
  bool is_no_space = false;  // ENOSPC, and half of an append is on disk; otherwise EIO
  bool is_lasting = false;   // so do all that follow
};

// What is left after the power failed.
enum class Survival : std::uint8_t {
  synced_names,  // what was synced, under the names that were there when their folder was synced
  synced_bytes,  // what was synced, under the names of now
  torn,          // as one of these, and of the bytes behind a random part, from the front; where
                 // they went over older ones, of each sector the one or the other
};

struct DiskImage {
  std::map<std::string, std::string> files;  // name within the folder, content

  void write_to(const std::filesystem::path& folder) const;
  friend bool operator==(const DiskImage&, const DiskImage&) = default;
};

class FaultyDisk final : public rocksdb::FileSystemWrapper {
 public:
  FaultyDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  static const char* kClassName() { return "FaultyDisk"; }
  const char* Name() const override { return kClassName(); }

  void fail(DiskFault fault);  // its number counts from here
  void heal();
  // Hears what failed, as it does. Set before the first call.
  void on_fault(std::function<void(const std::string& what)> listener);

  // What is in the folder already is there for good.
  void adopt(const std::filesystem::path& folder);
  DiskImage image(const std::filesystem::path& folder,
                  Survival survival,
                  std::mt19937_64& chance) const;
  // Called before and after everything that changes an image, on the thread that does it. Set
  // before the first call.
  void on_moment(std::function<void()> listener);

  rocksdb::IOStatus NewSequentialFile(const std::string& name,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewWritableFile(const std::string& name,
                                    const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& name,
                                      const std::string& old_name,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& name,
                                 const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* folder,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from,
                               const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from,
                             const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  class Reader;
  class PartReader;
  class Writer;
  class Folder;
  using Names = std::map<std::string, std::shared_ptr<DiskContent>>;  // by path

  // Counts the call; an error: it fails.
  rocksdb::IOStatus admit(DiskCall call, const std::string& name);
  void moment() const;
  template <class Change>
  void remember(Change change);  // with the mutex, between two moments

  mutable std::mutex mutex_;  // guards what follows, but the listeners
  std::array<std::uint64_t, disk_call_count> calls_{};
  std::optional<DiskFault> fault_;
  Names names_;
  Names synced_names_;
  std::function<void(const std::string&)> on_fault_;
  std::function<void()> on_moment_;
};

}  // namespace greyhound::world
