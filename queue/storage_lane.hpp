// StorageLane: the threads that may block on the disk. One writer folds all waiting writes into one
// batch, so that thousands of callers share a sync; a small pool reads.
// Owner:   RocksStore; stop() or destruction first finishes what waits, then joins.
// Runs on: write() and read() from any thread.
// Limits:  LaneLimits. What does not fit fails at once with Fault::busy. Whoever hands in mail is
//          slowed down instead: of that, the number of sessions bounds what waits.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "queue/bounded_queue.hpp"
#include "runtime/awaitable.hpp"
#include "runtime/result.hpp"

namespace greyhound::queue {

class Changes;  // queue/changes.hpp

enum class Durability : std::uint8_t {
  buffered,  // survives a crash of the process, not of the machine
  synced,    // survives both
};

struct WriteTraits {
  std::uint64_t size_bytes = 0;
  Durability durability = Durability::synced;
  bool takes_space = false;  // refused while the disk is almost full; other writes go on
  bool is_paced = false;     // whoever brings it waits for it before the next: not bounded here
};

// One waiting write. The writer calls apply() at most once and finish() exactly once.
class LaneWrite {
 public:
  explicit LaneWrite(WriteTraits traits) : traits_(traits) {}
  LaneWrite(const LaneWrite&) = delete;
  LaneWrite& operator=(const LaneWrite&) = delete;
  virtual ~LaneWrite() = default;

  const WriteTraits& traits() const { return traits_; }
  virtual Result<> apply(Changes& changes) = 0;  // an error: its changes must not stay
  virtual void fail(const Error& error) = 0;     // in place of whatever apply() came to
  virtual void finish() = 0;                     // tells the caller
  virtual Executor loop() const { return {}; }   // where finish() belongs; none: anywhere

 private:
  WriteTraits traits_;
};

// One waiting read; exactly one of the two is called, which tells the caller.
class LaneRead {
 public:
  LaneRead() = default;
  LaneRead(const LaneRead&) = delete;
  LaneRead& operator=(const LaneRead&) = delete;
  virtual ~LaneRead() = default;

  virtual void run() = 0;
  virtual void fail(const Error& error) = 0;
};

struct LaneLimits {
  std::size_t waiting_writes = 10'000;
  std::uint64_t waiting_bytes = 64ULL << 20;
  std::size_t waiting_reads = 10'000;
  std::size_t readers = 2;
  std::size_t fold_writes = 2'000;  // what one batch takes at most
  std::uint64_t fold_bytes = 4ULL << 20;
};

using LaneWrites = std::vector<std::unique_ptr<LaneWrite>>;

// Calls finish() of each where it belongs. A loop is woken once for all that is for it.
void finish_all(LaneWrites writes);

class StorageLane {
 public:
  using Writes = LaneWrites;
  using Fold = std::function<void(Writes writes)>;  // applies, writes, finishes all of them

  StorageLane(LaneLimits limits, Fold fold);
  StorageLane(const StorageLane&) = delete;
  StorageLane& operator=(const StorageLane&) = delete;
  ~StorageLane();

  void write(std::unique_ptr<LaneWrite> write);
  void read(std::unique_ptr<LaneRead> read);
  void stop();  // idempotent; later calls fail with Fault::cancelled

 private:
  void run_writer();
  void run_reader();

  LaneLimits limits_;
  Fold fold_;
  BoundedQueue<std::unique_ptr<LaneWrite>> writes_;
  BoundedQueue<std::unique_ptr<LaneRead>> reads_;
  std::vector<std::thread> threads_;
};

}  // namespace greyhound::queue
