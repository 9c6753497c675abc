// Courier: the port between deciding and doing. The scheduler asks it where a domain's mail goes
// and to make one attempt; smtp_client is the real one, tests have a scripted one.
// Runs on: the dispatcher's loop; what takes long goes to other loops and comes back.
// Errors: none. Whatever the world does is an Outcome; trouble of our own says so and is not
//         counted.
#pragma once

#include <string>
#include <variant>

#include "mail/attempt.hpp"

namespace greyhound::mail {

// No site, and why. `is_ours`: our own resolver is broken, which costs no attempt.
struct NoSite {
  Outcome outcome;
  bool is_ours = false;
};

using Located = std::variant<Site, NoSite>;

class Courier {
 public:
  Courier() = default;
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;
  virtual ~Courier() = default;

  // Where mail for `domain` from `sender` goes now (routes may match the sender), by what its DNS
  // and policies demand unless `wish` sets that aside. Cached.
  virtual Awaitable<Located> locate(std::string domain, ReversePath sender, TlsWish wish) = 0;

  virtual Awaitable<AttemptReport> attempt(AttemptRequest request, Site site) = 0;

  // Ends what it keeps open between attempts. None runs.
  virtual Awaitable<> let_go() = 0;
};

}  // namespace greyhound::mail
