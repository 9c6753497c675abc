// AnomalyRuns: a second process of this program that runs the FaultScenario again and again, each
// time with a fault one call later, and tells of it line by line. It may die of that; what it had
// promised by then is known here.
// Owner:   one test. Runs on: one thread.
// Limits:  a process that says nothing for a minute is killed and counts as hung.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "unit/queue/promise_book.hpp"
#include "world/faulty_disk.hpp"

namespace greyhound::queue {

struct AnomalyPlan {
  std::filesystem::path folder;  // the copies of the queue go here
  world::DiskFault fault;        // its number: that of the first run
  std::uint64_t stride = 1;      // from run to run
  bool is_new_queue = false;     // otherwise a copy of folder/start
};

struct AnomalyRun {
  enum class End : std::uint8_t { whole, died, hung };

  std::uint64_t number = 0;  // of the call that failed
  PromiseBook book;
  std::vector<std::string> faults;    // which call, of which file
  std::vector<std::string> troubles;  // what the store said of them: "fault room call: what"
  bool works_at_end = false;
  std::string last_trouble;
  End end = End::died;
  int status = 0;  // as waitpid() says it, where it died

  bool is_clean() const { return end == End::whole && faults.empty(); }
};

class AnomalyRuns {
 public:
  explicit AnomalyRuns(const AnomalyPlan& plan);
  AnomalyRuns(const AnomalyRuns&) = delete;
  AnomalyRuns& operator=(const AnomalyRuns&) = delete;
  ~AnomalyRuns();

  // The next run, once it is over; nullptr: there are no more. A process that died is replaced by
  // one that goes on behind.
  std::unique_ptr<AnomalyRun> next();

  static std::filesystem::path queue_of(const AnomalyPlan& plan, std::uint64_t number);

 private:
  void start();
  void end();

  std::optional<std::string> read_line();

  AnomalyPlan plan_;
  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string unread_;
  bool is_hung_ = false;
  bool is_over_ = false;  // a run met no fault
  int status_ = 0;
};

// In the second process: runs until a run meets no fault any more. false: this is not the second.
bool run_anomalies_if_asked();

}  // namespace greyhound::queue
