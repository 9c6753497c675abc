// FilledQueue: a queue folder with deferred messages in it, none of them due for half a day, filled
// through the store by as many callers as it takes to keep its batches full.
// Owner: one group of figures; the folder is removed with it, unless it is to be kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "bench/sample_mail.hpp"
#include "queue/rocks_store.hpp"

namespace greyhound::bench {

// The store waits for no more writes at once than this many callers make.
inline constexpr std::size_t many_callers = 2000;

struct QueueShape {
  std::uint64_t messages;
  std::size_t size_bytes;
  Duration due_spread = std::chrono::hours(120);  // from the first due to the last
  std::string to_string() const;                  // "100000 x 4 KiB"
};

std::string size_text(std::size_t bytes);

// A folder for scratch data that goes with its owner.
class ScratchFolder {
 public:
  ScratchFolder(std::filesystem::path path, bool is_kept);
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool is_kept_;
};

class FilledQueue {
 public:
  static constexpr Duration first_due = std::chrono::hours(12);  // after the filling began

  FilledQueue(const std::filesystem::path& scratch,
              QueueShape shape,
              std::uint64_t seed,
              bool is_kept);

  const QueueShape& shape() const { return shape_; }
  MailShape mail_shape() const;
  const std::filesystem::path& state_dir() const { return folder_.path(); }
  queue::QueueSettings settings() const;
  Instant filled_at() const { return filled_at_; }
  double rate() const { return rate_; }  // messages a second

 private:
  void fill(std::uint64_t seed);

  QueueShape shape_;
  ScratchFolder folder_;
  Instant filled_at_;
  double rate_ = 0;
};

std::unique_ptr<queue::Store> open_store(const queue::QueueSettings& settings, const Clock& clock);

}  // namespace greyhound::bench
