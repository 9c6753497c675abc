// SmallVolume: a real file system of a given size, in memory, that only this process sees: a mount
// namespace of our own, for which one must be root or be allowed user namespaces. The process gets
// it before main(), as a thread that is there already would stay outside.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace greyhound::queue {

class SmallVolume {
 public:
  SmallVolume(std::filesystem::path folder, std::uint64_t size_bytes) : folder_(std::move(folder)) {
    if (!has_namespace()) return;
    std::filesystem::create_directories(folder_);
    const auto options = "size=" + std::to_string(size_bytes);
    is_mounted_ = mount("small", folder_.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  SmallVolume(const SmallVolume&) = delete;
  SmallVolume& operator=(const SmallVolume&) = delete;
  ~SmallVolume() {
    if (is_mounted_) umount2(folder_.c_str(), MNT_DETACH);
  }

  bool is_mounted() const { return is_mounted_; }
  const std::filesystem::path& folder() const { return folder_; }
  std::uint64_t free_bytes() const { return std::filesystem::space(folder_).available; }

  // What another program does: takes all but `left` bytes. Gives what it could take.
  std::uint64_t fill_up(std::uint64_t left = 0) const {
    const auto file = folder_ / "somebody-elses";
    const int descriptor = ::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    const std::vector<char> page(4096);
    std::uint64_t taken = 0;
    while (free_bytes() >= left + page.size() &&
           ::write(descriptor, page.data(), page.size()) == static_cast<ssize_t>(page.size())) {
      taken += page.size();
    }
    ::close(descriptor);
    return taken;
  }
  void free_up() const { std::filesystem::remove(folder_ / "somebody-elses"); }

 private:
  static bool write_map(const char* file, const std::string& text) {
    std::ofstream map(file);
    map << text;
    return map.good();
  }
  // As somebody else than root, with a user namespace around it.
  static bool has_namespace() {
    static const bool has = [] {
      const auto user = std::to_string(getuid());
      const auto group = std::to_string(getgid());
      if (unshare(CLONE_NEWNS) != 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
        if (!write_map("/proc/self/setgroups", "deny")) return false;
        if (!write_map("/proc/self/uid_map", "0 " + user + " 1")) return false;
        if (!write_map("/proc/self/gid_map", "0 " + group + " 1")) return false;
      }
      return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    }();
    return has;
  }

  static inline const bool begun_before_main_ = has_namespace();

  std::filesystem::path folder_;
  bool is_mounted_ = false;
};

}  // namespace greyhound::queue
