// Listener: a port on loopback whose connections are attended to one after the other.
// Owner: a peer. Runs on: a thread of its own, which also attends.
// Limits: a wait for the client gives up after ten seconds, so that a broken one ends the test.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "runtime/ip.hpp"

namespace greyhound::peers {

class Listener {
 public:
  // `attend` gets each connection as a blocking socket, which is closed behind it.
  explicit Listener(std::function<void(int socket)> attend,
                    const std::string& address = "127.0.0.1");
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();  // once the last call of `attend` has returned

  Endpoint endpoint() const { return endpoint_; }

 private:
  void serve();

  std::function<void(int)> attend_;
  Endpoint endpoint_;
  int listener_;
  std::atomic<bool> is_stopping_ = false;
  std::thread thread_;
};

}  // namespace greyhound::peers
