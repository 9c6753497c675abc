#include "queue/folder_copy.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue/log_files.hpp"
#include "runtime/duration_text.hpp"

namespace greyhound::queue {
namespace {

namespace fs = std::filesystem;

Error failed(const std::string& doing, const fs::path& path, const std::error_code& code) {
  const auto fault = code == std::errc::no_space_on_device ? Fault::disk_full : Fault::disk;
  return Error{fault, doing + " " + path.string() + ": " + code.message()};
}

Error failed(const std::string& doing, const fs::path& path) {
  return failed(doing, path, std::error_code(errno, std::generic_category()));
}

// File or folder.
Result<> sync(const fs::path& path) {
  const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) return failed("syncing", path);
  const bool is_synced = ::fsync(opened) == 0;
  const auto failure = is_synced ? Result<>() : Result<>(failed("syncing", path));
  ::close(opened);
  return failure;
}

bool stays_behind(const std::string& name) {
  return name == "LOCK" || name == "RESERVE" || name.starts_with("LOG") || LogFiles::is_spare(name);
}

bool never_changes(const fs::path& file) {
  return file.extension() == ".sst" || file.extension() == ".blob";
}

Result<> link_or_copy(const fs::path& from, const fs::path& to, CopyBy by) {
  std::error_code code;
  if (by == CopyBy::linking && never_changes(from)) {
    fs::create_hard_link(from, to, code);
    if (!code) return {};
  }
  return copy_synced(from, to);
}

Result<> copy_files(const fs::path& from, const fs::path& to, CopyBy by) {
  std::error_code code;
  fs::directory_iterator file(from, code);
  for (; !code && file != fs::directory_iterator(); file.increment(code)) {
    const auto name = file->path().filename();
    std::error_code ignored;
    if (!file->is_regular_file(ignored) || stays_behind(name.string())) continue;
    if (auto copied = link_or_copy(file->path(), to / name, by); !copied) return copied;
  }
  if (code) return failed("reading", from, code);
  return {};
}

}  // namespace

Result<> copy_synced(const fs::path& from, const fs::path& to) {
  std::error_code code;
  fs::copy_file(from, to, code);
  if (code) return failed("copying", from, code);
  return sync(to);
}

Result<> copy_folder(const fs::path& from, const fs::path& to, CopyBy by) {
  if (::mkdir(to.c_str(), S_IRWXU) != 0) return failed("making", to);
  auto done = copy_files(from, to, by);
  if (done) done = give_to_owner_above(to);
  if (done) done = sync(to);
  if (done) done = sync(to.parent_path());
  return done;
}

fs::path name_beside(const fs::path& folder, std::string_view purpose, Instant now) {
  auto when = to_text(now);
  std::erase_if(when, [](char c) { return c == '-' || c == ':'; });
  auto plain = folder;
  if (plain.filename().empty()) plain = plain.parent_path();  // "queue/"
  plain += "." + std::string(purpose) + "-" + when;
  auto name = plain;
  std::error_code ignored;
  for (int number = 2; fs::exists(name, ignored); ++number) {
    name = plain;
    name += "-" + std::to_string(number);
  }
  return name;
}

Result<> move_folder(const fs::path& from, const fs::path& to) {
  std::error_code code;
  fs::rename(from, to, code);
  if (code) return failed("renaming " + from.string() + " to", to, code);
  return sync(to.parent_path());
}

// A file system that cannot exchange two names leaves a moment between two renames.
Result<> replace_folder(const fs::path& fresh, const fs::path& folder, const fs::path& aside) {
  const bool is_exchanged =
      ::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0;
  if (is_exchanged) {
    auto done = sync(folder.parent_path());
    return done ? move_folder(fresh, aside) : done;
  }
  if (errno != EINVAL && errno != ENOSYS)
    return failed("exchanging " + fresh.string() + " and", folder);
  auto done = move_folder(folder, aside);
  if (!done) return done;
  done = move_folder(fresh, folder);
  if (!done) (void)move_folder(aside, folder);
  return done;
}

Result<> give_to_owner_above(const fs::path& folder) {
  if (::geteuid() != 0) return {};
  struct stat above{};
  if (::stat(folder.parent_path().c_str(), &above) != 0)
    return failed("looking at", folder.parent_path());
  std::error_code code;
  if (::lchown(folder.c_str(), above.st_uid, above.st_gid) != 0)
    return failed("changing the owner of", folder);
  fs::directory_iterator file(folder, code);
  for (; !code && file != fs::directory_iterator(); file.increment(code)) {
    if (::lchown(file->path().c_str(), above.st_uid, above.st_gid) != 0)
      return failed("changing the owner of", file->path());
  }
  if (code) return failed("reading", folder, code);
  return {};
}

std::uint64_t folder_bytes(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code code;
  fs::directory_iterator file(folder, code);
  for (; !code && file != fs::directory_iterator(); file.increment(code)) {
    std::error_code ignored;
    const auto size = file->file_size(ignored);
    if (!ignored && !stays_behind(file->path().filename().string())) bytes += size;
  }
  return bytes;
}

}  // namespace greyhound::queue
