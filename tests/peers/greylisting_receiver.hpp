// GreylistingReceiver: a mail server that greylists, on a thread of its own: what the demo, the
// end-to-end tests and the simulator's checks talk to.
// Owner:   whoever starts it; the destructor stops it. Runs on: any one thread.
// Limits:  ReceiverOptions; beyond max_sessions a client gets 421 4.3.2.
// Errors:  start(): Fault::network names the listener that cannot be opened.
#pragma once

#include <memory>
#include <vector>

#include "peers/greylister.hpp"
#include "peers/receiver_journal.hpp"
#include "peers/receiver_options.hpp"
#include "runtime/clock.hpp"

namespace greyhound::peers {

struct ReceiverSetup {
  ReceiverOptions receiver;
  GreylisterOptions greylister;
  JournalOptions journal;
  std::vector<Endpoint> listeners;  // port 0: the system chooses
  // Shared by every receiver that is given the same one; none: a fresh one.
  std::shared_ptr<GreylistDatabase> database;
};

class GreylistingReceiver {
 public:
  GreylistingReceiver(ReceiverSetup setup, Clock& clock);
  GreylistingReceiver(const GreylistingReceiver&) = delete;
  GreylistingReceiver& operator=(const GreylistingReceiver&) = delete;
  ~GreylistingReceiver();

  Result<> start();  // once
  void stop();       // cuts the sessions that are open; idempotent

  std::vector<Endpoint> endpoints() const;  // as bound, in the order of the listeners
  const ReceiverJournal& journal() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace greyhound::peers
