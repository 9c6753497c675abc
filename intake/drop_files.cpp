#include "intake/drop_files.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "mail/drop_file.hpp"

namespace greyhound::intake {
namespace {

constexpr mode_t permissions = 07777;

std::string words_for(int error) {
  return std::generic_category().message(error);
}

Instant to_instant(const timespec& time) {
  return Instant(std::chrono::seconds(time.tv_sec) +
                 std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(time.tv_nsec)));
}

// By the time of the last change to the file itself, which no user can set.
bool is_old(const struct stat& found, Instant now) {
  return to_instant(found.st_ctim) + DropFiles::unfinished_lifetime < now;
}

bool ends_as_a_whole(const DropFile& file) {
  std::array<char, mail::drop_file_end.size()> end{};
  if (file.size_bytes < end.size()) return false;
  const auto offset = static_cast<off_t>(file.size_bytes - end.size());
  const auto count = ::pread(file.file->number(), end.data(), end.size(), offset);
  return count == static_cast<ssize_t>(end.size()) &&
         std::string_view(end.data(), end.size()) == mail::drop_file_end;
}

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISFIFO(mode)) return "a pipe";
  return S_ISSOCK(mode) ? "a socket" : "a device";
}

}  // namespace

DropFiles::DropFiles(std::filesystem::path path, std::uint64_t max_file_bytes, EventLog& log)
    : path_(std::move(path)), max_file_bytes_(max_file_bytes), log_(log) {}

DropFiles::Look DropFiles::look(Instant now) {
  Look seen;
  if (!is_still_there() && !open()) return seen;
  for (std::size_t i = 0; i < entries_per_look; ++i) {
    const auto* const entry = ::readdir(folder_.get());
    if (entry == nullptr) {
      ::rewinddir(folder_.get());
      return seen;
    }
    if (auto file = sort(entry->d_name, now)) seen.files.push_back(std::move(*file));
  }
  seen.is_at_end = false;
  return seen;
}

// An operator may have moved it away; a folder without a name takes no more files.
bool DropFiles::is_still_there() const {
  struct stat found{};
  return folder_ && ::fstat(folder(), &found) == 0 && found.st_nlink > 0;
}

bool DropFiles::open() {
  folder_.reset();
  const bool is_new = ::mkdir(path_.c_str(), 0700) == 0;
  if (!is_new && errno != EEXIST) {
    report("cannot be made", errno);
    return false;
  }
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const int opened = ::open(path_.c_str(), flags);
  if (opened >= 0) folder_.reset(::fdopendir(opened));
  struct stat found{};
  if (!folder_ || ::fstat(opened, &found) != 0) {
    report("cannot be opened", errno);
    if (!folder_ && opened >= 0) ::close(opened);
    folder_.reset();
    return false;
  }
  last_problem_.clear();
  check_owner(found, is_new);
  return true;
}

void DropFiles::check_owner(const struct stat& found, bool is_new) {
  if (found.st_uid != ::geteuid()) {
    log_.warning("drop_folder_not_ours",
                 {{"folder", path_.string()}, {"status", "4.3.5"}, {"uid", found.st_uid}});
    return;
  }
  if ((found.st_mode & permissions) == mail::drop_folder_mode) return;
  if (::fchmod(folder(), mail::drop_folder_mode) != 0) return report("keeps its mode", errno);
  if (!is_new) {
    log_.warning("drop_folder_mode_set", {{"folder", path_.string()}, {"status", "2.0.0"}});
  }
}

// Once for each trouble, not once for each look.
void DropFiles::report(const std::string& what, int error) {
  auto problem = what + ": " + words_for(error);
  if (problem == last_problem_) return;
  last_problem_ = std::move(problem);
  log_.warning("drop_folder_failed",
               {{"folder", path_.string()}, {"status", "4.3.5"}, {"why", last_problem_}});
}

// What may hold a message; the rest is passed over, and goes when it is old.
std::optional<WaitingDrop> DropFiles::sort(const std::string& name, Instant now) {
  struct stat found{};
  if (name == "." || name == "..") return std::nullopt;
  if (::fstatat(folder(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  if (S_ISREG(found.st_mode)) {
    if (name.ends_with(mail::drop_file_suffix)) {
      return WaitingDrop{.uid = found.st_uid, .written = to_instant(found.st_mtim), .name = name};
    }
    if (name.ends_with(mail::refused_drop_suffix)) return std::nullopt;
  } else {
    ignore(name, kind_of(found.st_mode));
    if (S_ISDIR(found.st_mode)) return std::nullopt;
  }
  if (is_old(found, now)) leave_unfinished(name, now);
  return std::nullopt;
}

// Not waited for, not followed, not made our terminal: whatever it has become since it was seen.
std::optional<DropFile> DropFiles::take(const std::string& name, Instant now) {
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  FileDescriptor opened(::openat(folder(), name.c_str(), flags));
  struct stat found{};
  if (!opened.is_open() || ::fstat(opened.number(), &found) != 0) {
    if (errno != ENOENT) ignore(name, words_for(errno));
    return std::nullopt;
  }
  if (!S_ISREG(found.st_mode)) {
    ignore(name, kind_of(found.st_mode));
    return std::nullopt;
  }
  // Another name could be that of somebody else's file, which its owner never meant to send.
  if (found.st_nlink != 1) {
    if (found.st_nlink > 1) ignore(name, "a file with other names as well");
    leave_unfinished(name, now);
    return std::nullopt;
  }
  DropFile file{.name = name,
                .file = std::make_shared<const FileDescriptor>(std::move(opened)),
                .uid = found.st_uid,
                .size_bytes = static_cast<std::uint64_t>(found.st_size)};
  if (file.size_bytes > max_file_bytes_) {
    if (!set_aside(file)) {
      ignore(name, "too large, and cannot be set aside");
      return std::nullopt;
    }
    log_.warning("drop_refused",
                 {{"file", name},
                  {"status", "5.3.4"},
                  {"client", "uid " + std::to_string(file.uid)},
                  {"why", "larger than a message may be"}});
    return std::nullopt;
  }
  if (!ends_as_a_whole(file)) {
    leave_unfinished(name, now);
    return std::nullopt;
  }
  return file;
}

// Its owner may have put anything in its place, and may do so again between this look and what
// follows it: then only he loses by that.
bool DropFiles::is_in_its_place(const DropFile& file) const {
  struct stat taken{};
  struct stat found{};
  if (::fstat(file.file->number(), &taken) != 0) return true;
  if (::fstatat(folder(), file.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno != ENOENT;
  }
  return found.st_dev == taken.st_dev && found.st_ino == taken.st_ino;
}

bool DropFiles::unlink(const std::string& name) {
  return ::unlinkat(folder(), name.c_str(), 0) == 0 || errno == ENOENT;
}

bool DropFiles::remove(const DropFile& file) {
  return !is_in_its_place(file) || unlink(file.name);
}

bool DropFiles::set_aside(const DropFile& file) {
  if (!is_in_its_place(file)) return true;
  const auto aside = file.name + std::string(mail::refused_drop_suffix);
  return ::renameat(folder(), file.name.c_str(), folder(), aside.c_str()) == 0 || errno == ENOENT;
}

void DropFiles::leave_unfinished(const std::string& name, Instant now) {
  struct stat found{};
  if (::fstatat(folder(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (!is_old(found, now) || !unlink(name)) return;
  log_.info(
      "drop_unfinished_removed",
      {{"file", name}, {"status", "4.4.2"}, {"client", "uid " + std::to_string(found.st_uid)}});
}

void DropFiles::ignore(const std::string& name, std::string_view why) {
  if (noted_.size() >= max_noted || !noted_.insert(name).second) return;
  log_.warning("drop_ignored", {{"file", name}, {"status", "5.7.1"}, {"why", why}});
}

}  // namespace greyhound::intake
