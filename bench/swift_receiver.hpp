// SwiftReceiver: takes all mail as fast as it comes, offers PIPELINING and CHUNKING, and counts how
// often a client had to wait for it. On request it lies behind a slow line or speaks TLS.
// Owner: one benchmark. Runs on: a thread for each connection.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "peers/certificate.hpp"
#include "peers/tls_server_end.hpp"
#include "runtime/clock.hpp"

namespace greyhound::bench {

struct ReceiverShape {
  std::size_t addresses = 1;            // 127.0.1.1 and the next ones, all with the same port
  Duration latency = Duration::zero();  // before each flight of replies
  bool has_tls = false;
};

class SwiftReceiver {
 public:
  explicit SwiftReceiver(ReceiverShape shape);
  SwiftReceiver(const SwiftReceiver&) = delete;
  SwiftReceiver& operator=(const SwiftReceiver&) = delete;
  ~SwiftReceiver();

  std::uint16_t port() const { return port_; }
  static std::string address(std::size_t number);  // of the first, the second, ...

  struct Seen {
    std::uint64_t messages = 0;
    std::uint64_t connections = 0;
    std::uint64_t open = 0;           // connections at this moment
    std::uint64_t warm_messages = 0;  // not the first of their connection
    std::uint64_t warm_waits = 0;     // flights of replies that their client waited for
    SteadyInstant first{};            // when the first message was taken, and the last
    SteadyInstant last{};
  };
  Seen seen() const;
  // False: they did not come within `limit`.
  bool wait_for(std::uint64_t messages, Duration limit) const;
  bool wait_for_open(std::uint64_t connections, Duration limit) const;

 private:
  class Connection;
  void serve();
  void note(std::uint64_t messages, std::uint64_t warm_messages, std::uint64_t warm_waits);
  bool wait_until(const std::function<bool(const Seen&)>& holds, Duration limit) const;

  ReceiverShape shape_;
  std::unique_ptr<peers::TlsServer> tls_;
  std::uint16_t port_ = 0;
  std::vector<int> listeners_;
  int wake_ = -1;  // its end of a pipe is closed at the end
  int woken_ = -1;
  mutable std::mutex mutex_;
  Seen seen_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace greyhound::bench
