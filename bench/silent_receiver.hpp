// SilentReceiver: takes connections on 127.0.0.1 and says nothing, so that attempts stay undecided;
// it only tells when the first caller came.
// Owner: one benchmark. Runs on: a thread of its own.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "runtime/clock.hpp"

namespace greyhound::bench {

class SilentReceiver {
 public:
  SilentReceiver();
  SilentReceiver(const SilentReceiver&) = delete;
  SilentReceiver& operator=(const SilentReceiver&) = delete;
  ~SilentReceiver();

  std::uint16_t port() const { return port_; }

  void forget();  // hangs up on all callers; the next one is the first again
  std::optional<SteadyInstant> first_call(Duration limit);  // waits for it

 private:
  void serve();

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable called_;
  std::vector<int> callers_;
  std::optional<SteadyInstant> first_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace greyhound::bench
