// ChildProcess: a program that a test starts, and ends by its process id.
// Owner: a test or a peer.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace greyhound::peers {

class ChildProcess {
 public:
  // `command`: the program's path, then its arguments; runs in `folder`, and what it says goes to
  // "output" there. That it starts is a MUST.
  ChildProcess(std::vector<std::string> command, const std::filesystem::path& folder);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();  // by SIGTERM, if it still runs

  void signal(int number);
  bool succeeds();  // waits for its end

 private:
  pid_t process_ = -1;
};

}  // namespace greyhound::peers
