#include "bench/proc_reading.hpp"

#include <fstream>
#include <string>

#include <sys/stat.h>

namespace greyhound::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t block_bytes = 512;  // st_blocks, whatever the file system's own

fs::path proc(pid_t pid) {
  return "/proc/" + std::to_string(pid);
}

// The number behind "NAME:" at the start of a line.
std::optional<std::uint64_t> field(const fs::path& file, const std::string& name) {
  std::ifstream in(file);
  std::string word;
  std::uint64_t value = 0;
  while (in >> word) {
    if (word == name + ":" && in >> value) return value;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> field_in_kib(const fs::path& file, const std::string& name) {
  const auto value = field(file, name);
  if (!value) return std::nullopt;
  return *value * kib;
}

std::uint64_t blocks_of(const fs::path& path) {
  struct stat about{};
  if (::lstat(path.c_str(), &about) != 0) return 0;  // gone meanwhile
  return static_cast<std::uint64_t>(about.st_blocks) * block_bytes;
}

}  // namespace

std::optional<std::uint64_t> proportional_bytes(pid_t pid) {
  return field_in_kib(proc(pid) / "smaps_rollup", "Pss");
}

std::optional<std::uint64_t> peak_bytes(pid_t pid) {
  return field_in_kib(proc(pid) / "status", "VmHWM");
}

std::optional<double> processor_seconds(pid_t pid) {
  std::error_code failure;
  double total = 0;
  for (const auto& thread : fs::directory_iterator(proc(pid) / "task", failure)) {
    std::ifstream in(thread.path() / "schedstat");
    double ran_ns = 0;
    if (in >> ran_ns) total += ran_ns * 1e-9;
  }
  if (failure) return std::nullopt;
  return total;
}

std::optional<std::uint64_t> written_bytes(pid_t pid) {
  return field(proc(pid) / "io", "write_bytes");
}

std::uint64_t disk_bytes(const fs::path& folder, const std::set<std::string>& extensions) {
  std::uint64_t total = 0;
  std::error_code failure;
  for (fs::recursive_directory_iterator at(folder, failure), end; at != end;
       at.increment(failure)) {
    const bool counts = extensions.empty() || extensions.contains(at->path().extension().string());
    if (counts) total += blocks_of(at->path());
  }
  return total;
}

}  // namespace greyhound::bench
