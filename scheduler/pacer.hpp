// Pacer: who may start an attempt now. There is room for so many at once at each site and in all,
// and the backlog of an outage needs a turn on the ramp besides. Who has to wait stands in line
// here: for room in order of arrival, for the ramp by pressing deadline, then by due. Where both
// kinds want a full site, they get its rooms by turns, and what is pressing gets the next one.
// A site with a rate rests after each start for its share of a minute, so that no minute sees more.
// Of different limits for one site the strictest holds, until nobody is there.
// Owner: Launcher; outlives every permit. Runs on: the home loop.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "mail/site_rule.hpp"
#include "runtime/wake_signal.hpp"
#include "scheduler/ramp.hpp"

namespace greyhound::scheduler {

struct Claim {
  std::string site;
  mail::SiteLimits limits = {};  // where they are others than usual
  // Of the backlog: how long it is overdue, and by when it should have been tried.
  std::optional<Instant> overdue_since = {};
  std::optional<Instant> deadline = {};
};

// A deadline that is near goes before everything else; one that was missed presses no more.
constexpr Duration pressing_within = std::chrono::minutes(15);
constexpr bool is_pressing(Instant deadline, Instant now) {
  return now < deadline && deadline <= now + pressing_within;
}

class Pacer {
  struct Line;

 public:
  // Room for one attempt at one site; given back when it goes. With the attempt made and only its
  // record missing, the next one may go to the site; of such there may be as many again, so that a
  // slow disk slows down the sending.
  class Permit {
   public:
    Permit(Pacer& pacer, Line& line) : pacer_(&pacer), line_(&line) {}
    Permit(Permit&& other) noexcept;
    Permit& operator=(Permit&& other) noexcept;
    ~Permit() { give_back(); }

    const std::string& site() const { return line_->site; }
    bool had_to_wait() const { return had_to_wait_; }
    void attempt_is_made();

   private:
    friend class Pacer;
    void give_back();

    Pacer* pacer_;  // null: moved away
    Line* line_;
    bool had_to_wait_ = false;
    bool is_made_ = false;
  };

  Pacer(const Executor& home, Concurrency limits, RampSettings ramp, Clock& clock);

  // Returns when the claim has its room. Cancellation leaves the line.
  Awaitable<Permit> enter(Claim claim);

  // Lets the backlog onto the ramp, until cancelled.
  Awaitable<> release_backlog();

  // Ends the rest of each site in its time, until cancelled.
  Awaitable<> end_rests();

  void pause() { is_paused_ = true; }  // nobody gets in until resume()
  void resume();

  void note_end(const std::string& site, bool success);
  void reset_ramp() { ramp_.reset(); }

 private:
  struct Waiter {
    const Claim& claim;
    Line& line;
    std::uint64_t number;
    WakeSignal* signal = nullptr;  // once it sleeps
    std::optional<Permit> permit = {};
  };
  struct Line {  // of one site, as long as somebody is there
    std::string site;
    std::size_t per_site;
    Duration rest = Duration::zero();  // after each start
    bool is_resting = false;
    std::size_t running = 0;
    std::size_t recording = 0;
    std::deque<Waiter*> normal = {};
    std::size_t backlog = 0;            // as many wait for the ramp
    Waiter* next_of_backlog = nullptr;  // gets the next room, once the ramp allows
    std::uint64_t chosen_in_walk = 0;
    bool backlog_went_last = false;
    bool is_queued = false;  // in ready_
  };
  struct ByDue {
    bool operator()(const Waiter* a, const Waiter* b) const;
  };
  struct ByDeadline {
    bool operator()(const Waiter* a, const Waiter* b) const;
  };

  Line& line_of(const Claim& claim);
  void rest(Line& line);
  void join(Waiter& waiter);
  void remove(Waiter& waiter);
  void grant(Waiter& waiter);
  void give_back(Line& line, bool was_made);
  void serve_after_change(Line& line);
  bool has_room() const;
  bool has_room_at(const Line& line) const;
  Waiter* next_at(const Line& line) const;
  void queue_if_ready(Line& line);
  void serve_ready_lines();
  void forget_if_idle(Line& line);
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
  std::unordered_map<std::string, Line> lines_;
  std::deque<Line*> ready_;  // somebody there could go but for the room in all or the pause

  std::set<Waiter*, ByDue> backlog_;
  std::set<Waiter*, ByDeadline> with_deadline_;  // part of the backlog
  std::uint64_t walk_ = 0;
  bool is_ramp_short_ = false;  // the last walk used up what there was for all sites
  WakeSignal arrivals_;         // and whatever else is worth a walk

  std::set<std::pair<SteadyInstant, Line*>> resting_;  // until then
  WakeSignal rest_began_;
};

}  // namespace greyhound::scheduler
