// Coverage: whether the greylist series of a rule gets mail past a known greylister, and what that
// costs, if nothing but the series leads: no stated wait, signature or learned window. Pure.
// Units: ages run from the first contact.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "notify/notification_settings.hpp"
#include "scheduler/greylist/greylister.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::scheduler {

enum class Obstacle : std::uint8_t {
  none,
  gap,       // it forgets the mail between two attempts
  lifetime,  // the mail fails before the window is over
  attempts,  // max_attempts
};

struct Coverage {
  Obstacle obstacle = Obstacle::none;
  std::uint32_t attempt = 0;  // the accepting one; the first is 1
  Duration age = {};          // of it
  Duration waste = {};        // beyond the earliest instant that was possible
  std::uint32_t early = 0;    // attempts before the window was over, the first not counted
  bool has_delay_notice = false;

  bool passes() const { return obstacle == Obstacle::none; }
  friend bool operator==(const Coverage&, const Coverage&) = default;
};

// `dice`: the share of its jitter that every wait gets, 0 to 1. `greylister` has a window.
Coverage coverage_of(const RetryRule& rule,
                     const notify::DelaySettings& delay,
                     const Greylister& greylister,
                     double dice);

// The longest wait of a series that this greylister remembers a mail over.
std::optional<Duration> longest_gap(const Greylister& greylister);

}  // namespace greyhound::scheduler
