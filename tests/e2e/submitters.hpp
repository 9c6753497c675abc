// Submitters: clients that hand in numbered letters over SMTP all the time, and come back to an
// agent that died under them. A letter that got no reply is not handed in again.
// Owner:   one test. Runs on: a thread per submitter.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/ip.hpp"

namespace greyhound::e2e {

// The 250 after the dot was read.
struct AcceptedLetter {
  std::uint64_t number;
  std::vector<std::string> recipients;  // those whose RCPT was accepted
};

class Submitters {
 public:
  Submitters(std::uint64_t seed, std::size_t count);
  Submitters(const Submitters&) = delete;
  Submitters& operator=(const Submitters&) = delete;
  ~Submitters();

  void go_to(Endpoint intake);  // whoever lost the agent finds it here
  void stop();                  // each ends after the letter in hand; idempotent

  std::vector<AcceptedLetter> take_accepted();  // since the last call
  std::vector<std::string> refusals() const;    // replies that were none of success

 private:
  void work();
  void talk(const Endpoint& intake);
  std::optional<Endpoint> next_intake(std::uint64_t& seen);
  bool pauses();  // between two letters; false: it is time to stop
  void note_refusal(std::string text);

  std::uint64_t seed_;
  std::atomic<std::uint64_t> last_number_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Endpoint> intake_;
  std::uint64_t moves_ = 0;  // how often the agent was started
  bool is_stopping_ = false;
  std::vector<AcceptedLetter> accepted_;
  std::vector<std::string> refusals_;
  std::vector<std::thread> threads_;
};

}  // namespace greyhound::e2e
