// FileQueue: the classic queue of mail servers, for comparison: one file per message in hashed
// folders, a small state file for what waits, both read one by one by whoever looks for something.
// Owner: one benchmark. As durable as the store: file and folder are synced when accept() returns.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace greyhound::bench {

class FileQueue {
 public:
  enum class Sync : std::uint8_t { yes, no };  // no: only to fill it for something else

  explicit FileQueue(const std::filesystem::path& folder);

  // Any thread. Written next to the others, synced, renamed into place, the folder synced.
  void accept(const std::string& name, const std::string& content, Sync sync) const;
  // Any thread. Rewrites the state file.
  void defer(const std::string& name, std::int64_t due, std::string_view reply, Sync sync) const;

  // Reads every state file. How many are due by then.
  std::uint64_t run(std::int64_t now) const;
  // Reads every state file and the head of its message. Bytes of the lines that a list would print.
  std::uint64_t list() const;

 private:
  void write(const std::filesystem::path& folder,
             const std::string& name,
             std::string_view content,
             Sync sync) const;

  std::filesystem::path incoming_;
  std::filesystem::path messages_;
  std::filesystem::path states_;
};

}  // namespace greyhound::bench
