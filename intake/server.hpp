// Server: listens on TCP and unix sockets and runs one intake session per connection, spread over
// the session loops.
// Owner: agent. Runs on: start() and stop() on the home loop; once started it must be stopped
//        before
// it is destroyed (a MUST), while its loops still run.
// Limits: intake.max_sessions in all; beyond it a connection gets 421 4.3.2 and is closed.
#pragma once

#include <memory>
#include <vector>

#include "intake/delivery_planner.hpp"
#include "intake/intake_settings.hpp"
#include "queue/store.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"
#include "runtime/loops.hpp"

namespace greyhound::intake {

class Server {
 public:
  struct Parts {  // references that outlive the server
    queue::Store& store;
    Loops& loops;
    const DeliveryPlanner& planner;
    Clock& clock;
    EventLog& log;
  };

  Server(Executor home, IntakeSettings settings, Parts parts);
  ~Server();

  // Opens every listener or none. Fault::config names the one that cannot be opened. A stale unix
  // socket file is replaced only if nothing answers on it.
  Result<> start();
  std::vector<Endpoint> tcp_endpoints() const;  // as bound: port 0 has become a number

  // Stops accepting, gives sessions `grace` to finish (new commands get 421 4.3.2), then cuts them;
  // never between the final dot and its reply.
  Awaitable<> stop(Duration grace);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace greyhound::intake
