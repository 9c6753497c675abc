// ScriptedReceiver: an SMTP server on loopback that answers as its script says and remembers every
// byte that it was sent. It judges nothing: a test compares what it heard.
// Owner: a test. Runs on: a thread of its own; serves one connection after the other.
// Limits: a wait for the peer gives up after ten seconds, so that a broken client ends the test.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "peers/certificate.hpp"
#include "peers/sasl_server.hpp"
#include "runtime/ip.hpp"

namespace greyhound::peers {

class TlsServer;

// Replies are written with their CR LF. For each verb (and "." for the end of the message) the
// first is for its first use; the last one repeats. That to BDAT follows its octets. An empty reply
// is silence.
struct Script {
  std::string greeting = "220 mx.test ESMTP\r\n";
  std::map<std::string, std::vector<std::string>> replies = {};  // over the friendly ones
  std::set<std::string> hangs_up_after = {};                     // verbs, once answered; "greeting"
  std::optional<std::size_t> cut_after_bytes = {};  // of its own; hangs up instead of the next one
  // Bytes of the message; then comes the reply "body", and nothing more is read.
  std::optional<std::size_t> cut_in_body_after = {};
  bool resets = false;  // hangs up by RST

  // Offers STARTTLS with that certificate, or speaks TLS from the first byte.
  std::optional<Certificate> certificate = {};
  bool speaks_tls_first = false;
  std::string behind_starttls = {};  // said in the clear in one breath with the reply to it

  // Takes MAIL only after a login, which it offers behind the handshake alone if there is one. A
  // scripted reply to AUTH takes the place of all that.
  std::optional<Account> account = {};
  std::string logins = "SCRAM-SHA-256 PLAIN LOGIN";
};

struct HeardSession {
  std::string bytes = {};                  // all of them, in order
  std::vector<std::string> commands = {};  // without CR LF
  std::string body = {};                   // as on the wire, with the lone dot at its end
  // Commands heard before the handshake; none: there was no TLS.
  std::optional<std::size_t> commands_in_the_clear = {};
  bool is_resumed = false;
  std::string server_name = {};   // that the handshake asked for
  std::string logged_in_by = {};  // the mechanism
};

class ScriptedReceiver {
 public:
  // One script per connection; the last one serves all that follow.
  explicit ScriptedReceiver(std::vector<Script> scripts, const std::string& address = "127.0.0.1");
  explicit ScriptedReceiver(Script script);
  ScriptedReceiver(const ScriptedReceiver&) = delete;
  ScriptedReceiver& operator=(const ScriptedReceiver&) = delete;
  ~ScriptedReceiver();

  Endpoint endpoint() const { return endpoint_; }

  // What the first `count` connections said, once they have ended; fewer after ten seconds.
  std::vector<HeardSession> heard(std::size_t count);

 private:
  class Connection;
  void serve();

  std::vector<Script> scripts_;
  std::vector<std::unique_ptr<TlsServer>> tls_servers_;  // of each script; none: it has no TLS
  Endpoint endpoint_;
  int listener_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<HeardSession> heard_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace greyhound::peers
