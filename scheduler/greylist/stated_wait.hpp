// The wait that a reply states: "try again in 5 minutes", "00:04:59", "retry=300", "until" an
// instant. A number counts only where it is said to be the wait: next to a word for trying again or
// for being put off. Ports, ids, addresses, rates ("300 in 60 seconds"), lifetimes and timeouts are
// none.
// Limits: what is stated is not bounded here. Runs on: any. Pure.
#pragma once

#include <optional>

#include "mail/reply_words.hpp"
#include "runtime/clock.hpp"

namespace greyhound::scheduler {

struct StatedWait {
  Duration wait;             // from `heard`; never negative
  bool is_absolute = false;  // stated as an instant

  friend bool operator==(const StatedWait&, const StatedWait&) = default;
};

// In a reply that was heard at `heard`; nullopt: it states none.
std::optional<StatedWait> stated_wait(const mail::ReplyWords& reply, Instant heard);

}  // namespace greyhound::scheduler
