// Script: what an SMTP server of the tests says, and what it has heard. Receiver: such a server,
// over sockets or in the simulated network. It judges nothing: a test compares what it heard.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "peers/certificate.hpp"
#include "peers/sasl_server.hpp"
#include "runtime/ip.hpp"

namespace greyhound::peers {

// Replies are written with their CR LF. For each verb (and "." for the end of the message) the
// first is for its first use; the last one repeats. That to BDAT follows its octets. An empty reply
// is silence.
struct Script {
  std::string greeting = "220 mx.test ESMTP\r\n";
  std::map<std::string, std::vector<std::string>> replies = {};  // over the friendly ones
  std::set<std::string> hangs_up_after = {};                     // verbs, once answered; "greeting"
  std::optional<std::size_t> cut_after_bytes = {};  // of its own; hangs up instead of the next one
  // Bytes that it hears. What they complete is answered; then it hangs up and reads no more.
  std::optional<std::size_t> cut_after_hearing = {};
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
  std::size_t whole_messages = 0;          // heard to the dot or the end of the last BDAT
  // Commands heard before the handshake; none: there was no TLS.
  std::optional<std::size_t> commands_in_the_clear = {};
  bool is_resumed = false;
  std::string server_name = {};   // that the handshake asked for
  std::string logged_in_by = {};  // the mechanism
};

class Receiver {
 public:
  Receiver() = default;
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  virtual ~Receiver() = default;

  virtual Endpoint endpoint() const = 0;

  // What the first `count` connections said, once they have ended; fewer where they do not end.
  virtual std::vector<HeardSession> heard(std::size_t count) = 0;
};

}  // namespace greyhound::peers
