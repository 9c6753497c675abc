// Dialer: connects to the hosts of one attempt, from the right address. Where a host has two
// addresses, the second is called as soon as the first hesitates, unless that could make a
// greylisted delivery change its address family.
// Source: RFC 8305 section 5; contract in docs/ARCHITECTURE.md, "Affinity".
// Owner: HostWalk. Runs on: the loop it is awaited on.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mail/attempt.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"
#include "runtime/stream.hpp"
#include "smtp_client/attempt_trace.hpp"
#include "smtp_client/connect/reachability.hpp"

namespace greyhound::smtp {

struct Connection {
  std::unique_ptr<Stream> stream;
  Endpoint to;
};

class Dialer {
 public:
  struct Parts {  // references that outlive the dialer
    Network& network;
    Clock& clock;
    EventLog& log;
    Reachability& reachability;
    Duration limit;  // of one call
    const mail::Site& site;
    const mail::Affinity& affinity;
    std::string label;  // of the delivery, for log lines
    const AttemptTrace* trace = nullptr;
  };

  explicit Dialer(Parts parts) : parts_(std::move(parts)) {}

  // At the addresses that `host` has, in their order. None: nobody answered.
  Awaitable<std::optional<Connection>> dial(mail::Host host);

  struct Vain {            // calls without an answer
    std::size_t ours = 0;  // there was no address of ours to call from
    // Of the hosts that nobody answered at: "mx1.example (192.0.2.1:25): Connection refused".
    std::string last;
  };
  const Vain& vain() const { return vain_; }
  std::size_t calls() const { return calls_; }

 private:
  Awaitable<std::optional<Connection>> call_addresses(mail::Host host);
  Awaitable<Result<Connection>> call(std::string host, Endpoint to);
  Awaitable<Result<std::unique_ptr<Stream>>> connect(Endpoint to, std::optional<IpAddress> source);
  bool may_overtake(const Endpoint& first, const Endpoint& second) const;
  void remark(const std::string& host, const Endpoint& to, std::string text) const;
  void note_failure(const std::string& host, const Endpoint& to, const Error& error);

  Parts parts_;
  Vain vain_;
  std::size_t calls_ = 0;
};

}  // namespace greyhound::smtp
