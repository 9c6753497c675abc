// ControlServer: the control API over HTTP/1.1 on a unix socket (control.socket), for the commands
// of this program and for whatever else an operator lets in by the file's group.
// Owner: agent. Runs on: the home loop, all members alike.
// Limits: 32 connections (the next one gets 503), 30 s for a request to come and 30 s for a
// response to go.
// Errors: start() gives Fault::busy if another agent answers there, Fault::config if the file
// cannot be made.
#pragma once

#include <filesystem>
#include <memory>

#include "agent/dispatcher_facts.hpp"
#include "agent/explainer.hpp"
#include "agent/trace_hub.hpp"
#include "queue/store.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"

namespace greyhound::agent {

class ControlServer {
 public:
  static constexpr std::size_t max_sessions = 32;

  struct Parts {  // references that outlive the server
    queue::Store& store;
    Clock& clock;
    EventLog& log;
    TraceHub& trace;
    Policies policies;
    DispatcherFacts dispatcher = {};  // asked on the home loop
  };
  ControlServer(const Executor& home, std::filesystem::path socket, Parts parts);
  ~ControlServer();

  // Mode 0660. A file that nobody answers on is left over from a crash and is replaced.
  Result<> start();

  // Cuts the sessions and removes the file. To be awaited before destruction once start()
  // succeeded.
  Awaitable<> stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace greyhound::agent
