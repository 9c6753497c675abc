// RecipientLimits: sites that hung up by 421 in the middle of RCPT, and how many recipients they
// had answered for by then. For a while they are given no more at once.
// Source: RFC 5321 section 3.8; docs/standards.md, line 26.
// Owner: SmtpCourier. Runs on: the dispatcher's loop.
// Limits: `most_sites`; beyond it the oldest is forgotten.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "runtime/clock.hpp"

namespace greyhound::smtp {

class RecipientLimits {
 public:
  static constexpr std::chrono::hours lifetime{4};  // longer than the waits of the usual series
  static constexpr std::size_t most_sites = 10'000;

  void note(const std::string& site, std::size_t answered, SteadyInstant now);

  // Recipients of one transaction; none: as many as usual.
  std::optional<std::size_t> most(const std::string& site, SteadyInstant now) const;

 private:
  struct Limit {
    std::size_t most;
    SteadyInstant until;
  };
  std::map<std::string, Limit> limits_;
};

}  // namespace greyhound::smtp
