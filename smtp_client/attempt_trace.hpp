// AttemptTrace: who watches an attempt at the host that it is about to meet.
// Owner: HostWalk. Runs on: any loop.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mail/attempt.hpp"
#include "mail/trace.hpp"
#include "smtp_client/dialogue_trace.hpp"

namespace greyhound::smtp {

class AttemptTrace {
 public:
  // Both outlive it.
  AttemptTrace(mail::Trace& to, const mail::AttemptRequest& request) : to_(to), request_(request) {}

  // nullptr: nobody does.
  std::unique_ptr<DialogueTrace> at(const std::string& host, std::optional<Endpoint> remote) const;

 private:
  mail::Trace& to_;
  const mail::AttemptRequest& request_;
};

}  // namespace greyhound::smtp
