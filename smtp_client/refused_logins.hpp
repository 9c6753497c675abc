// RefusedLogins: credentials that a relay did not accept lately. They are not shown to it again at
// once for each message of the queue: many relays lock an account after a few failures.
// Owner: SmtpCourier. Runs on: the dispatcher's loop.
// Limits: as many entries as there are routes with credentials.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "mail/attempt.hpp"
#include "runtime/clock.hpp"

namespace greyhound::smtp {

class RefusedLogins {
 public:
  static constexpr std::chrono::minutes lifetime{5};

  // Takes note if it was the login that failed, and for good: by a 5yz.
  void note(const mail::Site& site, const mail::AttemptReport& report, SteadyInstant now);

  // What the relay said, while it is of no use to ask again.
  std::optional<std::string> still_refused(const mail::Site& site, SteadyInstant now) const;

 private:
  struct Refusal {
    std::string why;
    SteadyInstant until;
  };
  std::map<std::shared_ptr<const mail::Credentials>, Refusal> refusals_;
};

}  // namespace greyhound::smtp
