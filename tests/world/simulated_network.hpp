// SimulatedNetwork: connections in memory to servers that play scripts, on virtual time. It has no
// TLS: what shows a certificate is tested over sockets.
// Owner: a test; outlives its connections. Runs on: the loop of its VirtualTime.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "peers/script.hpp"
#include "runtime/stream.hpp"
#include "world/virtual_time.hpp"

namespace greyhound::world {

// What lies between the client and one server.
struct Path {
  Duration there{0};                   // on the way to the server, and for a call to be answered
  Duration back{0};                    // on the way from it
  Duration hesitation{0};              // at most: drawn anew for each thing that the server says
  Duration trickle{0};                 // between two bytes of the server's
  std::size_t piece_bytes = SIZE_MAX;  // at most, of what arrives at either end at a time
  // The server takes no more of the client's bytes than that, and its window stays shut.
  std::size_t takes_bytes = SIZE_MAX;
};

class SimulatedNetwork final : public Network {
 public:
  // `seed`: of what is drawn.
  explicit SimulatedNetwork(VirtualTime& time, std::uint64_t seed = 1);

  // One script per connection; the last one serves all that follow. At an address of loopback, for
  // as long as it lives; each connection is served at once.
  std::unique_ptr<peers::Receiver> receiver(std::vector<peers::Script> scripts, Path path = {});
  Endpoint dead_end();  // refuses calls
  Endpoint silence();   // answers none

  std::size_t messages_heard() const;  // whole ones, by all servers that live

  // Our own addresses are those of 127.0.0.0/8. Errors: config, where `source` is no such;
  // network, where nobody is at `to`.
  Awaitable<Result<std::unique_ptr<Stream>>> connect(Endpoint to,
                                                     std::optional<IpAddress> source) override;

 private:
  struct Host;
  class Wire;
  class WireEnd;
  class SimulatedReceiver;

  Endpoint next_endpoint();

  VirtualTime& time_;
  std::mt19937_64 chance_;
  std::uint16_t next_port_ = 1024;  // of ours and of servers alike
  std::map<Endpoint, std::shared_ptr<Host>> hosts_;
  std::set<Endpoint> silent_;
};

}  // namespace greyhound::world
