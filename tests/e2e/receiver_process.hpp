// ReceiverProcess: the greylisting receiver as a program of its own, which outlives the agent and
// shares nothing with it; what it saw is read from the journal that it writes.
// Owner:  one test. Needs GREYHOUND_RECEIVER, the path of the program.
#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "e2e/child_process.hpp"
#include "runtime/ip.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::e2e {

class ReceiverProcess {
 public:
  explicit ReceiverProcess(std::vector<std::string> options);  // as on its command line

  bool start();  // false: it did not say within the limit where it listens
  Endpoint endpoint() const { return endpoint_; }
  bool is_running() { return !process_->wait(Duration::zero()); }

  std::vector<std::string> new_lines();  // whole ones of its journal, since the last call

 private:
  world::TempFolder folder_;
  std::vector<std::string> options_;
  std::unique_ptr<ChildProcess> process_;
  Endpoint endpoint_{IpAddress::from_v4_bytes({127, 0, 0, 1}), 0};
  std::ifstream journal_;
  std::string partial_;
};

}  // namespace greyhound::e2e
