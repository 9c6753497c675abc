// ScriptedReceiver: a server that plays scripts over sockets of loopback, with TLS where they have
// it.
// Owner: a test. Runs on: a thread of its own; serves one connection after the other.
// Limits: a wait for the peer gives up after ten seconds, so that a broken client ends the test.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "peers/listener.hpp"
#include "peers/script.hpp"

namespace greyhound::peers {

class TlsServer;

class ScriptedReceiver final : public Receiver {
 public:
  // One script per connection; the last one serves all that follow.
  explicit ScriptedReceiver(std::vector<Script> scripts, const std::string& address = "127.0.0.1");
  explicit ScriptedReceiver(Script script);
  ~ScriptedReceiver() override;

  Endpoint endpoint() const override { return listener_.endpoint(); }
  std::vector<HeardSession> heard(std::size_t count) override;

 private:
  void attend(int socket);

  std::vector<Script> scripts_;
  std::vector<std::unique_ptr<TlsServer>> tls_servers_;  // of each script; none: it has no TLS
  std::size_t attended_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<HeardSession> heard_;
  Listener listener_;
};

}  // namespace greyhound::peers
