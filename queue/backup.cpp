#include "queue/backup.hpp"

#include <memory>

#include <rocksdb/env.h>

#include "queue/dot_marks.hpp"
#include "queue/folder_copy.hpp"

namespace greyhound::queue {
namespace {

namespace fs = std::filesystem;

bool has_queue(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "CURRENT", ignored);
}

// Holds the lock that an agent takes, without opening what lies in the folder.
class QueueLock {
 public:
  static Result<std::unique_ptr<QueueLock>> take(const fs::path& folder) {
    rocksdb::FileLock* lock = nullptr;
    const auto status = rocksdb::Env::Default()->LockFile((folder / "LOCK").string(), &lock);
    if (!status.ok()) {
      return Error{Fault::busy, "queue " + folder.string() + " is open in another process"};
    }
    return std::unique_ptr<QueueLock>(new QueueLock(lock));
  }
  QueueLock(const QueueLock&) = delete;
  QueueLock& operator=(const QueueLock&) = delete;
  ~QueueLock() { rocksdb::Env::Default()->UnlockFile(lock_).PermitUncheckedError(); }

 private:
  explicit QueueLock(rocksdb::FileLock* lock) : lock_(lock) {}
  rocksdb::FileLock* lock_;
};

// What cannot be read may well hold mail.
bool may_hold_mail(const QueueSettings& settings) {
  const auto database = RocksDatabase::open(settings, OpenMode::read_only);
  if (!database) return true;
  for (const auto family : {Family::messages, Family::deliveries, Family::quarantine}) {
    const auto first = (*database)->first_key(family, all_keys());
    if (!first || *first) return true;
  }
  return false;
}

Result<> put_in_place(const fs::path& copy, const fs::path& folder) {
  std::error_code code;
  const bool is_empty = fs::is_empty(folder, code);
  if (!code && is_empty) fs::remove(folder, code);
  return move_folder(copy, folder);
}

}  // namespace

Result<unsigned> schema_in(const fs::path& folder) {
  QueueSettings settings;
  settings.folder = folder;
  const auto database = RocksDatabase::open(settings, OpenMode::read_only);
  if (!database) return database.error();
  if ((*database)->schema() == 0) {
    return Error{Fault::corrupt, folder.string() + ": there is no schema number in it"};
  }
  return (*database)->schema();
}

Result<> back_up_stopped(const QueueSettings& settings, const fs::path& folder, EventLog& log) {
  if (!has_queue(settings.folder)) {
    return Error{Fault::not_found, "there is no queue in " + settings.folder.string()};
  }
  const auto database = RocksDatabase::open(settings, OpenMode::read_write, &log);
  if (!database) return database.error();
  return copy_queue(**database, settings.folder, folder);
}

Result<> copy_queue(const RocksDatabase& database, const fs::path& folder, const fs::path& to) {
  if (auto copied = database.copy_to(to); !copied) return copied;
  return copy_marks(folder, to);
}

Result<> copy_marks(const fs::path& folder, const fs::path& to) {
  const auto marks = folder / DotMarks::file_name;
  std::error_code ignored;
  if (!fs::is_regular_file(marks, ignored)) return {};
  return copy_synced(marks, to / DotMarks::file_name);
}

// The old queue goes aside only when the new one lies next to it, whole.
Result<Restored> restore_backup(const QueueSettings& settings,
                                const fs::path& backup,
                                Replace replace,
                                const Clock& clock) {
  const auto& folder = settings.folder;
  if (const auto schema = schema_in(backup); !schema) return schema.error();
  std::unique_ptr<QueueLock> lock;
  const bool is_there = has_queue(folder);
  if (is_there) {
    auto taken = QueueLock::take(folder);
    if (!taken) return taken.error();
    lock = std::move(*taken);
    if (replace == Replace::nothing && may_hold_mail(settings)) {
      return Error{Fault::config, "there is mail in the queue " + folder.string()};
    }
  }
  std::error_code code;
  fs::create_directories(folder.parent_path(), code);
  if (code) return Error{Fault::disk, folder.parent_path().string() + ": " + code.message()};
  const auto now = clock.wall();
  const auto copy = name_beside(folder, "restoring", now);
  if (auto copied = copy_folder(backup, copy, CopyBy::bytes); !copied) {
    fs::remove_all(copy, code);
    return copied.error();
  }
  Restored restored;
  const auto aside = name_beside(folder, "before-restore", now);
  if (is_there) restored.moved_aside = aside;
  auto put = is_there ? replace_folder(copy, folder, aside) : put_in_place(copy, folder);
  if (!put) return put.error();
  return restored;
}

}  // namespace greyhound::queue
