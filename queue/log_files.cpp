#include "queue/log_files.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "queue/log_reader.hpp"

namespace greyhound::queue {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

namespace {

namespace fs = std::filesystem;

// One is filled and one is written to tables while the next is begun.
constexpr std::size_t most_spares = 2;
constexpr std::string_view spare_prefix = "SPARE";

// RocksDB writes a slash more here and there.
fs::path normal(const fs::path& path) {
  auto name = path.lexically_normal();
  return name.has_filename() ? name : name.parent_path();
}

std::string spare_name(const fs::path& folder, std::size_t slot) {
  return (folder / (std::string(spare_prefix) + std::to_string(slot % most_spares + 1))).string();
}

// RocksDB cuts an old log to its size when it opens; what is left of the blocks is for later.
class FinishedLog final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  explicit FinishedLog(std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)) {}

  IOStatus Append(const rocksdb::Slice& /*data*/,
                  const IOOptions& /*options*/,
                  IODebugContext* /*debug*/) override {
    return IOStatus::NotSupported("a finished log takes no more");
  }
  IOStatus Append(const rocksdb::Slice& data,
                  const IOOptions& options,
                  const rocksdb::DataVerificationInfo& /*verification*/,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(std::uint64_t /*bytes*/,
                    const IOOptions& /*options*/,
                    IODebugContext* /*debug*/) override {
    return IOStatus::OK();
  }
};

}  // namespace

std::uint64_t bytes_in_log(const fs::path& log) {
  LogFiles files(rocksdb::FileSystem::Default(), {});
  std::uint64_t bytes = 0;
  const auto status = files.GetFileSize(log.string(), IOOptions(), &bytes, nullptr);
  return status.ok() ? bytes : 0;
}

LogFiles::LogFiles(const std::shared_ptr<rocksdb::FileSystem>& base, Parts parts)
    : FileSystemWrapper(base),
      parts_(std::move(parts)),
      logs_(std::make_shared<LogsAtHand>()),
      random_(Random::from_system()) {}

IOStatus LogFiles::make_room(std::uint64_t bytes) {
  // For each 32 KiB at most: a header of RocksDB's, and a frame with what it leaves empty.
  constexpr std::uint64_t block_bytes = 32ULL * 1024;
  const auto framed = bytes + (bytes / block_bytes + 2) * (16 + framed_bytes(512));
  const std::lock_guard lock(logs_->mutex);
  if (logs_->current == nullptr)
    return IOStatus::OK();  // the next batch makes one, with its blocks
  return logs_->current->make_room(framed);
}

bool LogFiles::has_failed_log() const {
  const std::lock_guard lock(logs_->mutex);
  return logs_->failed > 0;
}

std::uint64_t LogFiles::appended_bytes() const {
  const std::lock_guard lock(logs_->mutex);
  return logs_->appended_bytes;
}

bool LogFiles::is_spare(const std::string& name) {
  return name.starts_with(spare_prefix);
}

bool LogFiles::is_log(const std::string& name) const {
  const fs::path path(name);
  return path.extension() == ".log" && normal(path.parent_path()) == normal(parts_.folder);
}

bool LogFiles::give_back_spares(const fs::path& folder) {
  bool was_one = false;
  for (std::size_t slot = 0; slot < most_spares; ++slot) {
    std::error_code ignored;
    if (fs::remove(spare_name(folder, slot), ignored)) was_one = true;
  }
  return was_one;
}

IOStatus LogFiles::NewWritableFile(const std::string& name,
                                   const rocksdb::FileOptions& options,
                                   std::unique_ptr<rocksdb::FSWritableFile>* file,
                                   IODebugContext* debug) {
  if (!is_log(name)) return FileSystemWrapper::NewWritableFile(name, options, file, debug);
  std::unique_ptr<LogWriter> log;
  open_spare(name, options, log);
  IOStatus status;
  if (!log) status = open_new(name, options, log);
  if (!status.ok()) return status;
  {
    const std::lock_guard lock(logs_->mutex);
    status = log->make_room(parts_.step_bytes);
    if (status.ok()) logs_->current = log.get();
  }
  if (!status.ok()) {
    log.reset();
    target()->DeleteFile(name, IOOptions(), debug).PermitUncheckedError();
    return status;
  }
  *file = std::move(log);
  return status;
}

IOStatus LogFiles::open_new(const std::string& name,
                            const rocksdb::FileOptions& options,
                            std::unique_ptr<LogWriter>& log) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  auto status = target()->NewWritableFile(name, options, &file, nullptr);
  if (!status.ok()) return status;
  const std::lock_guard lock(spares_mutex_);
  log = write_to(std::move(file), random_.next(), 0);
  return status;
}

// It gets its name when nothing can be read from it any more that an older log had there. No spare,
// or one that is of no use: none is opened.
void LogFiles::open_spare(const std::string& name,
                          const rocksdb::FileOptions& options,
                          std::unique_ptr<LogWriter>& log) {
  const std::lock_guard lock(spares_mutex_);
  for (std::size_t i = 0; i < most_spares && !log; ++i) {
    const auto spare = spare_name(parts_.folder, next_out_++);
    if (!target()->FileExists(spare, IOOptions(), nullptr).ok()) continue;
    const auto generation = random_.next();
    std::uint64_t bytes = 0;
    std::unique_ptr<rocksdb::FSWritableFile> file;
    auto status = target()->GetFileSize(spare, IOOptions(), &bytes, nullptr);
    if (status.ok()) status = void_content(spare, options, generation);
    if (status.ok()) status = target()->ReuseWritableFile(name, spare, options, &file, nullptr);
    if (status.ok()) {
      log = write_to(std::move(file), generation, bytes);
    } else {
      target()->DeleteFile(spare, IOOptions(), nullptr).PermitUncheckedError();
    }
  }
}

IOStatus LogFiles::void_content(const std::string& spare,
                                const rocksdb::FileOptions& options,
                                std::uint64_t generation) {
  std::string frame;
  put_frame(frame, {.generation = generation}, {});
  std::unique_ptr<rocksdb::FSWritableFile> file;
  auto status = target()->ReuseWritableFile(spare, spare, options, &file, nullptr);
  if (status.ok()) status = file->Append(rocksdb::Slice(frame), IOOptions(), nullptr);
  if (status.ok()) status = file->Sync(IOOptions(), nullptr);
  if (status.ok()) status = file->Close(IOOptions(), nullptr);
  return status;
}

std::unique_ptr<LogWriter> LogFiles::write_to(std::unique_ptr<rocksdb::FSWritableFile> file,
                                              std::uint64_t generation,
                                              std::uint64_t bytes_before) {
  return std::make_unique<LogWriter>(std::move(file),
                                     LogWriter::Parts{.logs = logs_,
                                                      .step_bytes = parts_.step_bytes,
                                                      .generation = generation,
                                                      .bytes_before = bytes_before});
}

IOStatus LogFiles::ReopenWritableFile(const std::string& name,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      IODebugContext* debug) {
  std::optional<LogMap> map;
  if (is_log(name)) {
    if (auto status = map_file(name, options, map); !status.ok()) return status;
  }
  auto status = FileSystemWrapper::ReopenWritableFile(name, options, file, debug);
  if (status.ok() && map) *file = std::make_unique<FinishedLog>(std::move(*file));
  return status;
}

IOStatus LogFiles::NewSequentialFile(const std::string& name,
                                     const rocksdb::FileOptions& options,
                                     std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                     IODebugContext* debug) {
  if (fs::path(name).extension() != ".log") {
    return FileSystemWrapper::NewSequentialFile(name, options, file, debug);
  }
  std::unique_ptr<rocksdb::FSRandomAccessFile> bytes;
  auto status = target()->NewRandomAccessFile(name, options, &bytes, debug);
  std::optional<LogMap> map;
  if (status.ok()) status = map_log(*bytes, map);
  if (!status.ok()) return status;
  if (!map) return FileSystemWrapper::NewSequentialFile(name, options, file, debug);
  *file = std::make_unique<LogReader>(std::move(bytes), std::move(*map), parts_.skips_damage);
  return status;
}

IOStatus LogFiles::GetFileSize(const std::string& name,
                               const IOOptions& options,
                               std::uint64_t* bytes,
                               IODebugContext* debug) {
  std::optional<LogMap> map;
  if (fs::path(name).extension() == ".log") {
    if (auto status = map_file(name, rocksdb::FileOptions(), map); !status.ok()) return status;
  }
  if (!map) return FileSystemWrapper::GetFileSize(name, options, bytes, debug);
  *bytes = map->bytes;
  return IOStatus::OK();
}

IOStatus LogFiles::map_file(const std::string& name,
                            const rocksdb::FileOptions& options,
                            std::optional<LogMap>& map) {
  std::unique_ptr<rocksdb::FSRandomAccessFile> file;
  auto status = target()->NewRandomAccessFile(name, options, &file, nullptr);
  if (status.ok()) status = map_log(*file, map);
  return status;
}

IOStatus LogFiles::DeleteFile(const std::string& name,
                              const IOOptions& options,
                              IODebugContext* debug) {
  if (is_log(name) && keep_as_spare(name)) return IOStatus::OK();
  return FileSystemWrapper::DeleteFile(name, options, debug);
}

// Not if a copy of the queue has a name for the same file.
bool LogFiles::keep_as_spare(const std::string& name) {
  std::uint64_t names = 0;
  const auto counted = target()->NumFileLinks(name, IOOptions(), &names, nullptr);
  if (!counted.ok() || names != 1) return false;
  const std::lock_guard lock(spares_mutex_);
  for (std::size_t i = 0; i < most_spares; ++i) {
    const auto spare = spare_name(parts_.folder, next_in_++);
    if (target()->FileExists(spare, IOOptions(), nullptr).ok()) continue;
    return target()->RenameFile(name, spare, IOOptions(), nullptr).ok();
  }
  return false;
}

}  // namespace greyhound::queue
