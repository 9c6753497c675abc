// IntakeSink: a receiver that takes all mail and keeps nothing, in a process of its own, as the
// agent is. A source that sends to it shows what source and loopback alone come to.
// Owner: one benchmark; the destructor kills the process, which is this program with `option`.
#pragma once

#include "e2e/child_process.hpp"
#include "runtime/ip.hpp"

namespace greyhound::bench {

class IntakeSink {
 public:
  static constexpr const char* option = "--be-the-sink";

  IntakeSink();
  const Endpoint& intake() const { return intake_; }

 private:
  e2e::ChildProcess process_;
  Endpoint intake_;
};

// What that process does; it says the address that it listens on.
[[noreturn]] void be_the_sink();

}  // namespace greyhound::bench
