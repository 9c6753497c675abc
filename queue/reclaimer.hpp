// Reclaimer: on a disk that gets full, gives the space of closed mail back. RocksDB does so by
//            itself as long as mail comes in; when none is taken any more, nobody else would begin.
// Owner:   RocksStore; destruction waits for what is under way. A thread of its own.
// Limits:  one round in ten seconds, and only if mail was closed since the last one.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "queue/rocks_database.hpp"
#include "runtime/event_log.hpp"

namespace greyhound::queue {

class Reclaimer {
 public:
  Reclaimer(RocksDatabase& database, EventLog& log);
  Reclaimer(const Reclaimer&) = delete;
  Reclaimer& operator=(const Reclaimer&) = delete;
  ~Reclaimer();

  // Any thread, at once.
  void note_closed(std::uint64_t bytes);
  void note_shortage();

 private:
  void run();

  RocksDatabase& database_;
  EventLog& log_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::uint64_t closed_bytes_ = 0;
  bool is_short_ = false;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace greyhound::queue
