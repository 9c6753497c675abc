// Progress: how far a long piece of work is, on standard error: part done, rate, time to go.
// Runs on: one thread.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/clock.hpp"

namespace greyhound::bench {

class Progress {
 public:
  Progress(std::string label, std::uint64_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // the last line: all of it, at which rate

  void add(std::uint64_t done);

 private:
  void print(bool is_last);

  const SystemClock clock_;
  std::string label_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  std::uint64_t next_look_ = 0;
  SteadyInstant started_;
  SteadyInstant printed_;
  bool is_terminal_;
};

// One line on standard error, with the seconds since the first one.
void say(const std::string& text);

// Seconds that have passed since `start`, and between two instants.
double seconds_since(SteadyInstant start);
double seconds(Duration duration);
SteadyInstant steady_now();

}  // namespace greyhound::bench
