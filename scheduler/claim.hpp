// Claim: what somebody who wants to make an attempt says of it, and when a deadline presses.
#pragma once

#include <optional>
#include <string>

#include "mail/site_rule.hpp"
#include "runtime/clock.hpp"

namespace greyhound::scheduler {

struct Claim {
  std::string site;
  mail::SiteLimits limits = {};               // where they are others than usual
  std::optional<Instant> overdue_since = {};  // of the backlog, and of what was woken
  std::optional<Instant> deadline = {};       // by when it should have been tried
  Instant due = Instant::max();               // or when it could first be tried, if that was later
  bool is_first = false;                      // it was never tried
  bool is_last = false;      // its lifetime is over: goes before the others of its site
  bool is_internal = false;  // no attempt: the name is none of a site, and nobody answers
};

// A deadline that is near goes before everything else; one that was missed presses no more.
constexpr Duration pressing_within = std::chrono::minutes(15);
constexpr bool is_pressing(Instant deadline, Instant now) {
  return now < deadline && deadline <= now + pressing_within;
}

}  // namespace greyhound::scheduler
