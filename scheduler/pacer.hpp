// Pacer: who may start an attempt now. There is room for so many at once at each site and in all,
// and the backlog of an outage needs a turn on the ramp besides. Who has to wait stands in line
// here: for room in order of arrival, for the ramp by pressing deadline, then by due. Where both
// kinds want a full site, they get its rooms by turns, and what is pressing gets the next one.
// How much room a site has, and for how long it rests after a start, is for its health to say: a
// site with a rate rests for its share of a minute, so that no minute sees more; a dead one between
// two probes, but nobody waits for that much longer than ten minutes. Probes get half of all room
// at most. Of different limits for one site the strictest holds, until nobody is there.
// Owner: Launcher; outlives every permit. Runs on: the home loop.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/wake_signal.hpp"
#include "scheduler/claim.hpp"
#include "scheduler/permit.hpp"
#include "scheduler/ramp.hpp"
#include "scheduler/site_book.hpp"
#include "scheduler/site_line.hpp"

namespace greyhound::scheduler {

class Pacer {
 public:
  using Permit = scheduler::Permit;

  Pacer(const Executor& home, Concurrency limits, RampSettings ramp, Clock& clock);

  // Returns when the claim has its room. Cancellation leaves the line.
  Awaitable<Permit> enter(Claim claim);

  // Lets the backlog onto the ramp, until cancelled.
  Awaitable<> release_backlog();

  // Ends the rest of each site in its time, until cancelled.
  Awaitable<> end_rests();

  void pause() { is_paused_ = true; }  // nobody gets in until resume()
  void resume();

  void note_end(const std::string& site, bool success);  // for the ramp
  void reset_ramp() { ramp_.reset(); }

  // Of the sites that were in use of late, in no order.
  std::vector<SiteStanding> standings() const;
  void forget(const std::string& site);  // begins as one that nobody knows

 private:
  friend class scheduler::Permit;
  using Waiter = SiteLine::Waiter;

  struct ByDue {
    bool operator()(const Waiter* a, const Waiter* b) const;
  };
  struct ByDeadline {
    bool operator()(const Waiter* a, const Waiter* b) const;
  };

  SiteLine& line_of(const Claim& claim);
  SteadyInstant next_start_at(const SiteLine& line) const;
  void update_rest(SiteLine& line);
  bool may_probe() const;
  void let_next_probe();
  void note_revival(SiteLine& line);
  void join(Waiter& waiter);
  void remove(Waiter& waiter);
  void grant(Waiter& waiter);
  void give_back(SiteLine& line, bool was_made);
  void serve_after_change(SiteLine& line);
  bool has_room() const;
  Waiter* next_at(const SiteLine& line) const;
  void queue_if_ready(SiteLine& line);
  void serve_ready_lines();
  void forget_if_idle(SiteLine& line);
  SteadyInstant walk_backlog();
  bool offer(Waiter& waiter, SteadyInstant& look_again);

  Executor home_;
  Concurrency limits_;
  Ramp ramp_;
  Clock& clock_;

  std::size_t running_ = 0;
  std::size_t recording_ = 0;
  std::uint64_t next_number_ = 0;
  bool is_paused_ = false;
  SiteBook book_;
  std::unordered_map<std::string, SiteLine> lines_;
  std::deque<SiteLine*> ready_;  // somebody there could go but for the room in all or the pause

  std::set<Waiter*, ByDue> backlog_;
  std::set<Waiter*, ByDeadline> with_deadline_;  // part of the backlog
  std::uint64_t walk_ = 0;
  bool is_ramp_short_ = false;  // the last walk used up what there was for all sites
  WakeSignal arrivals_;         // and whatever else is worth a walk

  std::size_t probing_ = 0;
  std::deque<SiteLine*> waiting_to_probe_;  // part of what was in ready_

  std::set<std::pair<SteadyInstant, SiteLine*>> resting_;  // until then
  WakeSignal rest_began_;
};

}  // namespace greyhound::scheduler
