#include "queue/disk_space.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "queue/log_files.hpp"

namespace greyhound::queue {
namespace {

constexpr std::uint64_t bookkeeping_bytes = 512ULL * 1024;  // manifest
constexpr const char* reserve_name = "RESERVE";

std::string_view to_string(Room room) {
  switch (room) {
    case Room::ample:
      return "ample";
    case Room::settlements:
      return "settlements only";
    case Room::none:
      return "none";
  }
  return "?";
}

}  // namespace

DiskSpace::DiskSpace(const QueueSettings& settings, const StoreSizes& sizes, EventLog& log)
    : folder_(settings.folder),
      reserve_(settings.folder / reserve_name),
      reserve_bytes_(settings.reserve_disk_bytes),
      for_intake_bytes_(sizes.write_buffers + sizes.log_step + bookkeeping_bytes),
      for_settlements_bytes_(sizes.log_step + bookkeeping_bytes),
      log_(log) {
  std::error_code failure;
  const auto present = std::filesystem::file_size(reserve_, failure);
  has_reserve_ = !failure && present == reserve_bytes_;
  if (!has_reserve_) release_reserve();  // one of another size: the setting was changed
  (void)ask(0);
}

Result<> DiskSpace::make_room_to_open(const QueueSettings& settings) {
  namespace fs = std::filesystem;
  std::error_code failure;
  if (!fs::exists(settings.folder, failure)) return {};
  auto needed = store_sizes(settings).log_step + bookkeeping_bytes;
  for (const auto& file : fs::directory_iterator(settings.folder, failure)) {
    if (file.path().extension() == ".log") needed += bytes_in_log(file.path());
  }
  const auto give_back_spares = [&settings] { return LogFiles::give_back_spares(settings.folder); };
  const auto give_back_reserve = [&settings] {
    return ::unlink((settings.folder / reserve_name).c_str()) == 0;
  };
  auto volume = measure_volume(settings.folder);
  const auto is_short = [&] { return volume && volume->free_bytes < needed; };
  if (is_short() && give_back_spares()) volume = measure_volume(settings.folder);
  if (is_short() && give_back_reserve()) volume = measure_volume(settings.folder);
  if (!volume) return volume.error();
  if (!is_short()) return {};
  return Error{Fault::disk_full,
               "queue: the disk of " + settings.folder.string() + " is full: " +
                   std::to_string(volume->free_bytes) + " bytes are free and opening takes " +
                   std::to_string(needed) + "; free some space and start again"};
}

// Nothing is known: what cannot be asked about is not written to.
std::uint64_t DiskSpace::free_bytes() const {
  const auto volume = measure_volume(folder_);
  return volume ? volume->free_bytes : 0;
}

Room DiskSpace::ask(std::uint64_t bytes) {
  auto free = free_bytes();
  const auto is_short = [&] {
    return free < for_intake_bytes_ + bytes + (has_reserve_ ? 0 : reserve_bytes_);
  };
  if (is_short() && LogFiles::give_back_spares(folder_)) free = free_bytes();
  if (has_reserve_ && is_short()) {
    release_reserve();
    free = free_bytes();
  } else if (!has_reserve_ && !is_short()) {
    has_reserve_ = allocate_reserve();
  }
  const auto room = room_for(bytes, free);
  known_ = room_for(0, free);
  tell(room, free);
  return room;
}

Room DiskSpace::room_for(std::uint64_t bytes, std::uint64_t free_bytes) const {
  if (has_reserve_) return Room::ample;
  return free_bytes >= for_settlements_bytes_ + bytes ? Room::settlements : Room::none;
}

void DiskSpace::tell(Room room, std::uint64_t free_bytes) {
  if (room == told_) return;
  told_ = room;
  if (room == Room::ample) {
    log_.info("queue_disk", {{"room", to_string(room)}, {"free_bytes", free_bytes}});
    return;
  }
  log_.error("queue_disk",
             {{"room", to_string(room)},
              {"free_bytes", free_bytes},
              {"folder", folder_.string()},
              {"then",
               room == Room::none ? "delivery pauses until space is freed"
                                  : "no new mail is taken until space is freed"}});
}

// Written to disk only as far as the file system needs for its promise of the blocks.
bool DiskSpace::allocate_reserve() {
  const int file = ::open(reserve_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) {
    log_.error("queue_reserve_failed", {{"why", std::strerror(errno)}});
    return false;
  }
  const auto size = static_cast<off_t>(reserve_bytes_);
  const int failure = size > 0 ? ::posix_fallocate(file, 0, size) : 0;
  ::close(file);
  if (failure == 0) return true;
  ::unlink(reserve_.c_str());
  if (failure != ENOSPC) log_.error("queue_reserve_failed", {{"why", std::strerror(failure)}});
  return false;
}

void DiskSpace::release_reserve() {
  has_reserve_ = false;
  ::unlink(reserve_.c_str());
}

}  // namespace greyhound::queue
