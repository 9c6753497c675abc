// SiteLine: who is at one site and who stands in line for it, as long as somebody is there. First
// attempts go ahead of retries, as each starts a greylister's clock, but have half of the room at
// most while retries wait; a retry that a greylister is about to forget goes before both.
// Owner: Pacer. Runs on: the home loop.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "runtime/wake_signal.hpp"
#include "scheduler/claim.hpp"
#include "scheduler/permit.hpp"

namespace greyhound::scheduler {

struct SiteLine {
  struct Waiter {
    const Claim& claim;
    SiteLine& line;
    std::uint64_t number;
    WakeSignal* signal = nullptr;  // once it sleeps
    std::optional<Permit> permit = {};
  };

  // Whether there is room for one more, and for whom it would be.
  std::size_t most() const { return health == nullptr ? per_site : health->at_once(per_site); }
  bool has_room() const { return !rests && running < most() && running + recording < 2 * per_site; }
  bool is_dead() const { return health != nullptr && health->is_dead(); }
  bool is_idle() const { return running == 0 && recording == 0 && waiting() == 0 && !is_queued; }
  std::size_t waiting() const { return first.size() + retries.size() + backlog; }

  Waiter* next_normal(Instant now) const;  // of those who need no turn on the ramp; null: nobody
  Instant earliest_due() const;            // of those who are next; the end of time: nobody is

  std::string site;
  std::size_t per_site;
  SiteHealth* health;                       // null: of a line that is none of a site
  Duration interval = Duration::zero();     // between two starts
  std::optional<SteadyInstant> rests = {};  // until then
  std::size_t running = 0;
  std::size_t recording = 0;
  std::size_t first_running = 0;  // of those running
  bool first_went_last = false;
  std::deque<Waiter*> first = {};     // first attempts
  std::deque<Waiter*> retries = {};   // the pressing ones in front
  std::size_t backlog = 0;            // as many wait for the ramp
  Waiter* next_of_backlog = nullptr;  // gets the next room, once the ramp allows
  std::uint64_t chosen_in_walk = 0;
  bool backlog_went_last = false;
  bool is_queued = false;  // waits for its turn to be served
};

}  // namespace greyhound::scheduler
