#include "world/faulty_disk.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

namespace greyhound::world {

using rocksdb::DataVerificationInfo;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

std::string folder_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

// RocksDB names the same file with and without a doubled slash.
std::string normal(const std::string& path) {
  auto name = std::filesystem::path(path).lexically_normal().string();
  if (name.size() > 1 && name.back() == '/') name.pop_back();
  return name;
}

IOStatus error_of(const DiskFault& fault, const std::string& what) {
  if (!fault.is_no_space) return IOStatus::IOError("Input/output error", what);
  auto status = IOStatus::NoSpace("No space left on device", what);
  status.SetRetryable(true);  // as RocksDB's own file system says of it
  return status;
}

}  // namespace

std::string_view to_string(DiskCall call) {
  constexpr std::array<std::string_view, disk_call_count> names{"append",
                                                                "sync",
                                                                "range_sync",
                                                                "allocate",
                                                                "truncate",
                                                                "close",
                                                                "create",
                                                                "rename",
                                                                "link",
                                                                "remove",
                                                                "open_folder",
                                                                "sync_folder",
                                                                "read"};
  return names[static_cast<std::size_t>(call)];
}

void DiskImage::write_to(const std::filesystem::path& folder) const {
  std::filesystem::create_directories(folder);
  for (const auto& [name, content] : files) {
    std::ofstream file(folder / name, std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
  }
}

class FaultyDisk::Reader final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  Reader(std::unique_ptr<rocksdb::FSSequentialFile> file, FaultyDisk& disk, std::string name)
      : FSSequentialFileOwnerWrapper(std::move(file)), disk_(disk), name_(std::move(name)) {}

  IOStatus Read(std::size_t bytes,
                const IOOptions& options,
                Slice* result,
                char* scratch,
                IODebugContext* debug) override {
    if (auto status = disk_.admit(DiskCall::read, name_); !status.ok()) return status;
    return FSSequentialFileOwnerWrapper::Read(bytes, options, result, scratch, debug);
  }

 private:
  FaultyDisk& disk_;
  const std::string name_;
};

class FaultyDisk::PartReader final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  PartReader(std::unique_ptr<rocksdb::FSRandomAccessFile> file, FaultyDisk& disk, std::string name)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), disk_(disk), name_(std::move(name)) {}

  IOStatus Read(std::uint64_t offset,
                std::size_t bytes,
                const IOOptions& options,
                Slice* result,
                char* scratch,
                IODebugContext* debug) const override {
    if (auto status = disk_.admit(DiskCall::read, name_); !status.ok()) return status;
    return FSRandomAccessFileOwnerWrapper::Read(offset, bytes, options, result, scratch, debug);
  }

 private:
  FaultyDisk& disk_;
  const std::string name_;
};

class FaultyDisk::Writer final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  Writer(std::unique_ptr<rocksdb::FSWritableFile> file,
         FaultyDisk& disk,
         std::string name,
         std::shared_ptr<DiskContent> content)
      : FSWritableFileOwnerWrapper(std::move(file)),
        disk_(disk),
        name_(std::move(name)),
        content_(std::move(content)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    auto failure = disk_.admit(DiskCall::append, name_);
    if (!failure.ok() && !failure.IsNoSpace()) return failure;
    const auto size = failure.ok() ? data.size() : data.size() / 2;
    auto status = target()->Append(Slice(data.data(), size), options, debug);
    if (status.ok()) {
      disk_.remember([&] { content_->bytes.append(data.data(), size); });
    }
    return failure.ok() ? status : failure;
  }
  IOStatus Append(const Slice& data,
                  const IOOptions& options,
                  const DataVerificationInfo& /*verification*/,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    if (auto status = disk_.admit(DiskCall::truncate, name_); !status.ok()) return status;
    auto status = target()->Truncate(size, options, debug);
    if (status.ok()) {
      disk_.remember([&] { content_->resize(size); });
    }
    return status;
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    auto failure = disk_.admit(DiskCall::close, name_);
    auto status = target()->Close(options, debug);
    return failure.ok() ? status : failure;
  }
  IOStatus Sync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override { return sync(); }
  IOStatus Fsync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    return sync();
  }
  IOStatus RangeSync(std::uint64_t /*offset*/,
                     std::uint64_t /*bytes*/,
                     const IOOptions& /*options*/,
                     IODebugContext* /*debug*/) override {
    return disk_.admit(DiskCall::range_sync, name_);
  }
  IOStatus Allocate(std::uint64_t offset,
                    std::uint64_t bytes,
                    const IOOptions& options,
                    IODebugContext* debug) override {
    if (auto status = disk_.admit(DiskCall::allocate, name_); !status.ok()) return status;
    return target()->Allocate(offset, bytes, options, debug);
  }

 private:
  IOStatus sync() {
    if (auto status = disk_.admit(DiskCall::sync, name_); !status.ok()) return status;
    disk_.remember([&] { content_->synced = content_->bytes.size(); });
    return IOStatus::OK();
  }

  FaultyDisk& disk_;
  const std::string name_;
  const std::shared_ptr<DiskContent> content_;
};

class FaultyDisk::Folder final : public rocksdb::FSDirectoryWrapper {
 public:
  Folder(std::unique_ptr<rocksdb::FSDirectory> folder, FaultyDisk& disk, const std::string& name)
      : FSDirectoryWrapper(std::move(folder)), disk_(disk), name_(normal(name)) {}

  IOStatus Fsync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    return sync();
  }
  IOStatus FsyncWithDirOptions(const IOOptions& /*options*/,
                               IODebugContext* /*debug*/,
                               const rocksdb::DirFsyncOptions& /*reason*/) override {
    return sync();
  }

 private:
  IOStatus sync() {
    if (auto status = disk_.admit(DiskCall::sync_folder, name_); !status.ok()) return status;
    disk_.remember([&] {
      std::erase_if(disk_.synced_names_,
                    [this](const auto& entry) { return folder_of(entry.first) == name_; });
      for (const auto& [name, content] : disk_.names_) {
        if (folder_of(name) == name_) disk_.synced_names_[name] = content;
      }
    });
    return IOStatus::OK();
  }

  FaultyDisk& disk_;
  const std::string name_;
};

void FaultyDisk::fail(DiskFault fault) {
  const std::lock_guard lock(mutex_);
  calls_ = {};
  fault_ = fault;
}

void FaultyDisk::heal() {
  const std::lock_guard lock(mutex_);
  fault_.reset();
}

void FaultyDisk::on_fault(std::function<void(const std::string&)> listener) {
  on_fault_ = std::move(listener);
}

void FaultyDisk::on_moment(std::function<void()> listener) {
  on_moment_ = std::move(listener);
}

IOStatus FaultyDisk::admit(DiskCall call, const std::string& name) {
  std::optional<DiskFault> fault;
  {
    const std::lock_guard lock(mutex_);
    const auto number = ++calls_[static_cast<std::size_t>(call)];
    if (!fault_ || fault_->call != call) return IOStatus::OK();
    if (number < fault_->number) return IOStatus::OK();
    if (number > fault_->number && !fault_->is_lasting) return IOStatus::OK();
    fault = fault_;
  }
  const auto what = std::string(to_string(call)) + " of " + name;
  if (on_fault_) on_fault_(what);
  return error_of(*fault, what);
}

void FaultyDisk::moment() const {
  if (on_moment_) on_moment_();
}

template <class Change>
void FaultyDisk::remember(Change change) {
  moment();
  {
    const std::lock_guard lock(mutex_);
    change();
  }
  moment();
}

void FaultyDisk::adopt(const std::filesystem::path& folder) {
  const std::lock_guard lock(mutex_);
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    auto content = std::make_shared<DiskContent>();
    content->bytes.assign(std::istreambuf_iterator<char>(file), {});
    content->synced = content->bytes.size();
    names_[normal(entry.path().string())] = content;
  }
  synced_names_ = names_;
}

DiskImage FaultyDisk::image(const std::filesystem::path& folder,
                            Survival survival,
                            std::mt19937_64& chance) const {
  const std::lock_guard lock(mutex_);
  const bool is_torn = survival == Survival::torn;
  const bool has_synced_names =
      survival == Survival::synced_names || (is_torn && chance() % 2 == 0);
  DiskImage image;
  for (const auto& [path, content] : has_synced_names ? synced_names_ : names_) {
    if (folder_of(path) != normal(folder.string())) continue;
    image.files[std::filesystem::path(path).filename().string()] = content->image(is_torn, chance);
  }
  return image;
}

IOStatus FaultyDisk::NewSequentialFile(const std::string& name,
                                       const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                       IODebugContext* debug) {
  auto status = target()->NewSequentialFile(name, options, file, debug);
  if (status.ok()) *file = std::make_unique<Reader>(std::move(*file), *this, name);
  return status;
}

IOStatus FaultyDisk::NewRandomAccessFile(const std::string& name,
                                         const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                         IODebugContext* debug) {
  auto status = target()->NewRandomAccessFile(name, options, file, debug);
  if (status.ok()) *file = std::make_unique<PartReader>(std::move(*file), *this, name);
  return status;
}

IOStatus FaultyDisk::NewWritableFile(const std::string& name,
                                     const rocksdb::FileOptions& options,
                                     std::unique_ptr<rocksdb::FSWritableFile>* file,
                                     IODebugContext* debug) {
  if (auto status = admit(DiskCall::create, name); !status.ok()) return status;
  auto status = target()->NewWritableFile(name, options, file, debug);
  if (!status.ok()) return status;
  auto content = std::make_shared<DiskContent>();
  remember([&] { names_[normal(name)] = content; });
  *file = std::make_unique<Writer>(std::move(*file), *this, name, content);
  return status;
}

// Whatever name the folder was synced with, the bytes under it are these.
IOStatus FaultyDisk::ReuseWritableFile(const std::string& name,
                                       const std::string& old_name,
                                       const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       IODebugContext* debug) {
  if (auto status = admit(DiskCall::create, name); !status.ok()) return status;
  auto status = target()->ReuseWritableFile(name, old_name, options, file, debug);
  if (!status.ok()) return status;
  std::shared_ptr<DiskContent> content;
  remember([&] {
    auto moved = names_.extract(normal(old_name));
    content = moved.empty() ? std::make_shared<DiskContent>() : std::move(moved.mapped());
    content->write_over();
    names_.insert_or_assign(normal(name), content);
  });
  *file = std::make_unique<Writer>(std::move(*file), *this, name, content);
  return status;
}

IOStatus FaultyDisk::NewDirectory(const std::string& name,
                                  const IOOptions& options,
                                  std::unique_ptr<rocksdb::FSDirectory>* folder,
                                  IODebugContext* debug) {
  if (auto status = admit(DiskCall::open_folder, name); !status.ok()) return status;
  auto status = target()->NewDirectory(name, options, folder, debug);
  if (status.ok()) *folder = std::make_unique<Folder>(std::move(*folder), *this, name);
  return status;
}

IOStatus FaultyDisk::RenameFile(const std::string& from,
                                const std::string& to,
                                const IOOptions& options,
                                IODebugContext* debug) {
  if (auto status = admit(DiskCall::rename, from + " to " + to); !status.ok()) return status;
  auto status = target()->RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  remember([&] {
    auto moved = names_.extract(normal(from));
    if (moved.empty()) return;  // RocksDB's info log, which is written past this
    names_.insert_or_assign(normal(to), std::move(moved.mapped()));
  });
  return status;
}

IOStatus FaultyDisk::LinkFile(const std::string& from,
                              const std::string& to,
                              const IOOptions& options,
                              IODebugContext* debug) {
  if (auto status = admit(DiskCall::link, from + " to " + to); !status.ok()) return status;
  auto status = target()->LinkFile(from, to, options, debug);
  if (!status.ok()) return status;
  remember([&] {
    if (const auto found = names_.find(normal(from)); found != names_.end()) {
      names_[normal(to)] = found->second;
    }
  });
  return status;
}

IOStatus FaultyDisk::DeleteFile(const std::string& name,
                                const IOOptions& options,
                                IODebugContext* debug) {
  if (auto status = admit(DiskCall::remove, name); !status.ok()) return status;
  auto status = target()->DeleteFile(name, options, debug);
  if (status.ok()) {
    remember([&] { names_.erase(normal(name)); });
  }
  return status;
}

}  // namespace greyhound::world
