#include "queue/preallocated_log.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace greyhound::queue {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// Counts what is appended and knows how far the blocks reach.
class PreallocatedLogs::Log final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  Log(std::unique_ptr<rocksdb::FSWritableFile> file,
      std::uint64_t step_bytes,
      std::shared_ptr<Current> current)
      : FSWritableFileOwnerWrapper(std::move(file)),
        step_bytes_(step_bytes),
        current_(std::move(current)) {}
  ~Log() override {
    leave();
    const std::lock_guard lock(current_->mutex);
    if (has_failed_) --current_->failed_logs;
  }

  // An end of the file below it is no matter: the blocks are kept beyond the size.
  IOStatus make_room(std::uint64_t bytes) {
    const auto needed = written_bytes_ + bytes;
    if (needed <= allocated_bytes_ || is_refused_) return IOStatus::OK();
    const auto more = std::max(needed - allocated_bytes_, step_bytes_);
    auto status = target()->Allocate(allocated_bytes_, more, IOOptions(), nullptr);
    if (status.ok()) allocated_bytes_ += more;
    // A file system that cannot allocate at all: asking for free space has to do.
    if (status.IsNotSupported() || (!status.ok() && !status.IsNoSpace())) {
      is_refused_ = true;
      return IOStatus::OK();
    }
    return status;
  }

  IOStatus Append(const rocksdb::Slice& data,
                  const IOOptions& options,
                  IODebugContext* debug) override {
    count(data.size());
    return watched(FSWritableFileOwnerWrapper::Append(data, options, debug));
  }
  IOStatus Append(const rocksdb::Slice& data,
                  const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* debug) override {
    count(data.size());
    return watched(FSWritableFileOwnerWrapper::Append(data, options, verification, debug));
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    return watched(FSWritableFileOwnerWrapper::Flush(options, debug));
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return watched(FSWritableFileOwnerWrapper::Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return watched(FSWritableFileOwnerWrapper::Fsync(options, debug));
  }
  IOStatus RangeSync(std::uint64_t offset,
                     std::uint64_t bytes,
                     const IOOptions& options,
                     IODebugContext* debug) override {
    return watched(FSWritableFileOwnerWrapper::RangeSync(offset, bytes, options, debug));
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    leave();
    return FSWritableFileOwnerWrapper::Close(options, debug);
  }

 private:
  void count(std::uint64_t bytes) {
    const std::lock_guard lock(current_->mutex);
    written_bytes_ += bytes;
    current_->appended_bytes += bytes;
  }
  IOStatus watched(IOStatus status) {
    const std::lock_guard lock(current_->mutex);
    if (!status.ok() && !std::exchange(has_failed_, true)) ++current_->failed_logs;
    return status;
  }
  void leave() {
    const std::lock_guard lock(current_->mutex);
    if (current_->log == this) current_->log = nullptr;
  }

  const std::uint64_t step_bytes_;
  std::shared_ptr<Current> current_;
  std::uint64_t written_bytes_ = 0;  // all guarded by current_->mutex
  std::uint64_t allocated_bytes_ = 0;
  bool is_refused_ = false;
  bool has_failed_ = false;
};

PreallocatedLogs::PreallocatedLogs(const std::shared_ptr<rocksdb::FileSystem>& base,
                                   std::uint64_t step_bytes)
    : FileSystemWrapper(base), step_bytes_(step_bytes), current_(std::make_shared<Current>()) {}

IOStatus PreallocatedLogs::make_room(std::uint64_t bytes) {
  // The log's own framing: 7 bytes for each record of at most 32 KiB, and one header more.
  constexpr std::uint64_t block_bytes = 32ULL * 1024;
  const auto framed = bytes + (bytes / block_bytes + 2) * 16;
  const std::lock_guard lock(current_->mutex);
  if (current_->log == nullptr) return IOStatus::OK();  // the next batch makes one, with its blocks
  return current_->log->make_room(framed);
}

bool PreallocatedLogs::has_failed_log() const {
  const std::lock_guard lock(current_->mutex);
  return current_->failed_logs > 0;
}

std::uint64_t PreallocatedLogs::appended_bytes() const {
  const std::lock_guard lock(current_->mutex);
  return current_->appended_bytes;
}

IOStatus PreallocatedLogs::NewWritableFile(const std::string& name,
                                           const rocksdb::FileOptions& options,
                                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                                           IODebugContext* debug) {
  auto status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
  if (!status.ok() || !std::string_view(name).ends_with(".log")) return status;
  auto log = std::make_unique<Log>(std::move(*file), step_bytes_, current_);
  {
    const std::lock_guard lock(current_->mutex);
    status = log->make_room(step_bytes_);
    if (status.ok()) current_->log = log.get();
  }
  if (!status.ok()) {
    log.reset();
    target()->DeleteFile(name, IOOptions(), debug).PermitUncheckedError();
    return status;
  }
  *file = std::move(log);
  return status;
}

}  // namespace greyhound::queue
