#include "bench/file_queue.hpp"

#include <array>
#include <charconv>
#include <functional>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bench/callers.hpp"

namespace greyhound::bench {
namespace {

namespace fs = std::filesystem;

constexpr unsigned fan_out = 16;  // folders a level, two levels

fs::path hashed(const fs::path& folder, const std::string& name) {
  const auto hash = std::hash<std::string>{}(name);
  return folder / fmt::format("{:x}", hash % fan_out) /
         fmt::format("{:x}", hash / fan_out % fan_out);
}

void make_folders(const fs::path& folder) {
  for (unsigned i = 0; i < fan_out * fan_out; ++i)
    fs::create_directories(folder / fmt::format("{:x}", i / fan_out) /
                           fmt::format("{:x}", i % fan_out));
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0 || ::fsync(descriptor) != 0) give_up("cannot sync " + folder.string());
  ::close(descriptor);
}

// At most the first 4 KiB.
std::string read_head(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) give_up("cannot open " + file.string());
  std::array<char, 4096> bytes{};
  const auto count = ::read(descriptor, bytes.data(), bytes.size());
  ::close(descriptor);
  if (count <= 0) give_up("cannot read " + file.string());
  return {bytes.data(), static_cast<std::size_t>(count)};
}

void for_each_file(const fs::path& folder, const std::function<void(const fs::path&)>& visit) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) visit(entry.path());
  }
}

}  // namespace

FileQueue::FileQueue(const fs::path& folder)
    : incoming_(folder / "incoming"), messages_(folder / "messages"), states_(folder / "states") {
  fs::create_directories(incoming_);
  make_folders(messages_);
  make_folders(states_);
}

void FileQueue::accept(const std::string& name, const std::string& content, Sync sync) const {
  write(hashed(messages_, name), name, content, sync);
}

void FileQueue::defer(const std::string& name,
                      std::int64_t due,
                      std::string_view reply,
                      Sync sync) const {
  write(hashed(states_, name), name, fmt::format("due={}\nreply={}\n", due, reply), sync);
}

void FileQueue::write(const fs::path& folder,
                      const std::string& name,
                      std::string_view content,
                      Sync sync) const {
  const auto unfinished = incoming_ / name;
  const int descriptor = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) give_up("cannot create " + unfinished.string());
  const auto written = ::write(descriptor, content.data(), content.size());
  if (written != static_cast<ssize_t>(content.size()) ||
      (sync == Sync::yes && ::fsync(descriptor) != 0)) {
    give_up("cannot write " + unfinished.string());
  }
  ::close(descriptor);
  if (::rename(unfinished.c_str(), (folder / name).c_str()) != 0) give_up("cannot rename " + name);
  if (sync == Sync::yes) sync_folder(folder);
}

std::uint64_t FileQueue::run(std::int64_t now) const {
  std::uint64_t due_ones = 0;
  for_each_file(states_, [&due_ones, now](const fs::path& file) {
    const auto state = read_head(file);
    constexpr std::size_t behind_name = 4;  // "due="
    std::int64_t due = 0;
    std::from_chars(state.data() + behind_name, state.data() + state.size(), due);
    if (due <= now) ++due_ones;
  });
  return due_ones;
}

std::uint64_t FileQueue::list() const {
  std::uint64_t bytes = 0;
  for_each_file(states_, [this, &bytes](const fs::path& file) {
    const auto name = file.filename().string();
    const auto state = read_head(file);
    const auto message = read_head(hashed(messages_, name) / name);
    const auto head = std::string_view(message).substr(0, message.find("\n\n"));
    bytes += fmt::format("{} {} {}\n", name, head, state).size();
  });
  return bytes;
}

}  // namespace greyhound::bench
