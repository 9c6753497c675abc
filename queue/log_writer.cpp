#include "queue/log_writer.hpp"

#include <algorithm>
#include <utility>

#include "runtime/must.hpp"

namespace greyhound::queue {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

LogWriter::LogWriter(std::unique_ptr<rocksdb::FSWritableFile> file, Parts parts)
    : FSWritableFileOwnerWrapper(std::move(file)),
      parts_(std::move(parts)),
      allocated_bytes_(parts_.bytes_before) {}

LogWriter::~LogWriter() {
  leave();
  const std::lock_guard lock(parts_.logs->mutex);
  if (has_failed_) --parts_.logs->failed;
}

// An end of the file below it is no matter: the blocks are kept beyond the size.
IOStatus LogWriter::make_room(std::uint64_t bytes) {
  const auto needed = file_bytes_ + bytes;
  if (needed <= allocated_bytes_ || is_refused_) return IOStatus::OK();
  const auto more = std::max(needed - allocated_bytes_, parts_.step_bytes);
  auto status = target()->Allocate(allocated_bytes_, more, IOOptions(), nullptr);
  if (status.ok()) allocated_bytes_ += more;
  // A file system that cannot allocate at all: asking for free space has to do.
  if (status.IsNotSupported() || (!status.ok() && !status.IsNoSpace())) {
    is_refused_ = true;
    return IOStatus::OK();
  }
  return status;
}

IOStatus LogWriter::Append(const Slice& data, const IOOptions& options, IODebugContext* debug) {
  return watched(write({data.data(), data.size()}, options, debug));
}

IOStatus LogWriter::Append(const Slice& data,
                           const IOOptions& options,
                           const rocksdb::DataVerificationInfo& /*verification*/,
                           IODebugContext* debug) {
  return Append(data, options, debug);
}

IOStatus LogWriter::Flush(const IOOptions& options, IODebugContext* debug) {
  return watched(FSWritableFileOwnerWrapper::Flush(options, debug));
}

IOStatus LogWriter::Sync(const IOOptions& options, IODebugContext* debug) {
  const auto bytes = appended();
  return synced(bytes, FSWritableFileOwnerWrapper::Sync(options, debug));
}

IOStatus LogWriter::Fsync(const IOOptions& options, IODebugContext* debug) {
  const auto bytes = appended();
  return synced(bytes, FSWritableFileOwnerWrapper::Fsync(options, debug));
}

IOStatus LogWriter::RangeSync(std::uint64_t offset,
                              std::uint64_t bytes,
                              const IOOptions& options,
                              IODebugContext* debug) {
  return watched(FSWritableFileOwnerWrapper::RangeSync(offset, bytes, options, debug));
}

// The last word: an empty frame that says how far the log was synced, for the piece before it has
// nobody else to say so. Blocks that nothing was written to go back.
IOStatus LogWriter::Close(const IOOptions& options, IODebugContext* debug) {
  leave();
  if (!has_failed_) {
    auto done = synced_bytes_ == log_bytes_ ? IOStatus::OK() : Sync(options, debug);
    if (done.ok()) done = write({}, options, debug);
    const auto end = std::max(file_bytes_, parts_.bytes_before);
    if (done.ok() && allocated_bytes_ > end) done = target()->Truncate(end, options, debug);
    done.PermitUncheckedError();
  }
  return FSWritableFileOwnerWrapper::Close(options, debug);
}

std::uint64_t LogWriter::GetFileSize(const IOOptions& /*options*/, IODebugContext* /*debug*/) {
  return appended();
}

IOStatus LogWriter::write(std::string_view piece, const IOOptions& options, IODebugContext* debug) {
  MUST(piece.size() <= UINT32_MAX);
  LogFrame frame{.generation = parts_.generation};
  {
    const std::lock_guard lock(parts_.logs->mutex);
    frame.at = log_bytes_;
    frame.synced = synced_bytes_;
    file_bytes_ += framed_bytes(piece.size());
    parts_.logs->appended_bytes += piece.size();
  }
  frame_.clear();
  put_frame(frame_, frame, piece);
  auto status = FSWritableFileOwnerWrapper::Append(Slice(frame_), options, debug);
  const std::lock_guard lock(parts_.logs->mutex);
  log_bytes_ += piece.size();
  return status;
}

std::uint64_t LogWriter::appended() const {
  const std::lock_guard lock(parts_.logs->mutex);
  return log_bytes_;
}

IOStatus LogWriter::watched(IOStatus status) {
  const std::lock_guard lock(parts_.logs->mutex);
  if (!status.ok() && !std::exchange(has_failed_, true)) ++parts_.logs->failed;
  return status;
}

// RocksDB may append while it syncs: only what was there before is synced then.
IOStatus LogWriter::synced(std::uint64_t bytes, IOStatus status) {
  if (status.ok()) {
    const std::lock_guard lock(parts_.logs->mutex);
    synced_bytes_ = std::max(synced_bytes_, bytes);
  }
  return watched(std::move(status));
}

void LogWriter::leave() {
  const std::lock_guard lock(parts_.logs->mutex);
  if (parts_.logs->current == this) parts_.logs->current = nullptr;
}

}  // namespace greyhound::queue
