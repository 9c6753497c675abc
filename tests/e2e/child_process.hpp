// ChildProcess: a program that a test started, with everything it prints.
// Owner:   one test; the destructor kills what still runs, the system if the test dies. It leads a
//          session of its own.
// Runs on: the thread that made it, plus a thread that reads its output.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "runtime/clock.hpp"

namespace greyhound::e2e {

struct Command {
  std::vector<std::string> arguments;         // [0]: the program, searched for in PATH
  std::vector<std::string> environment = {};  // "NAME=value", on top of the test's own
  std::string input = {};                     // standard input
};

class ChildProcess {
 public:
  explicit ChildProcess(const Command& command);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // Exit code, or 128 + signal; none: still running after the limit.
  std::optional<int> wait(Duration limit);
  int kill();  // SIGKILL to it and its children, then wait

  std::vector<std::string> lines() const;  // standard output and error, as they came
  // The first line that fits, waiting for it; none: not within the limit, or the output ended.
  std::optional<std::string> wait_for_line(const std::function<bool(const std::string&)>& fits,
                                           Duration limit) const;
  // Waits until nothing more can come: a process that has ended may still have lines in the pipe.
  bool has_said_all(Duration limit) const;

 private:
  void read_output();
  void take(std::string_view bytes);

  pid_t pid_ = -1;
  int output_ = -1;
  std::optional<int> exit_code_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> lines_;
  std::string partial_;
  bool has_ended_ = false;  // nothing more will be printed
  std::thread reader_;
};

struct Finished {
  int exit_code;
  std::vector<std::string> lines;
  std::string text() const;  // the lines, joined
};

// Runs a program to its end; one that does not end within the limit is killed (137).
Finished run_to_end(const Command& command, Duration limit = std::chrono::seconds(20));

// Asks again and again until it holds; false: not within the limit.
bool holds_within(Duration limit, const std::function<bool()>& condition);

}  // namespace greyhound::e2e
