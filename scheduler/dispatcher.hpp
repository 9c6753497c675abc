// Dispatcher: finds what is due and sends lanes to fetch it.
//
// The due index tells which domains have due mail. Each such domain gets a lane, one task that
// takes the domain's retries in due order from its own index, another one for mail that was never
// tried, and a third if it has backlog of an outage or woken mail, which the ramp slows down. A
// lane that waits has one delivery in hand, so memory keeps lanes, never their mail, and other
// lanes go on.
// Owner: agent. Runs on: the home loop. Nothing is read at start but what is due.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runtime/task_group.hpp"
#include "runtime/wake_signal.hpp"
#include "scheduler/clock_watch.hpp"
#include "scheduler/due_anchor.hpp"
#include "scheduler/launcher.hpp"
#include "scheduler/outage.hpp"
#include "scheduler/urgent_mail.hpp"

namespace greyhound::scheduler {

class Dispatcher {
 public:
  Dispatcher(const Executor& home, SchedulerSettings settings, SchedulerParts parts);

  // Attaches to the store's new entries and starts looking for due mail.
  void start();

  // Starts no more attempts, waits `grace` for those that run, then cuts them (they stay due; one
  // behind its final dot stays marked as in doubt).
  Awaitable<> stop(Duration grace);

  // For operators: no attempts at a site, or to a domain, until resume(), also over a restart;
  // those that run go on. Fault::not_found: it is not suspended.
  Awaitable<Result<>> suspend(std::string name);
  Awaitable<Result<>> resume(std::string name);
  Awaitable<Result<>> forget(std::string site);  // what was learned of it
  std::vector<SiteStanding> standings() const { return launcher_.standings(); }

  bool is_active(queue::DeliveryId id) const { return launcher_.is_active(id); }
  const InDoubtCount& in_doubt() const { return launcher_.in_doubt(); }

 private:
  enum Kind : std::uint8_t { first, retries, backlog };
  struct Lane {
    queue::DuePosition after;  // taken up to here
    std::size_t page_size;
    std::optional<queue::DuePosition> news = {};  // the first that came since its page was read
    std::string site = {};                        // where the last one went
  };
  using Lanes = std::unordered_map<std::string, Lane>;

  Instant look_at_clock();
  void bring_dues_back(Instant now, Duration by);
  void on_entries(const std::vector<queue::DueEntry>& entries);
  bool open_lane(const queue::DueEntry& entry);  // true: one that was not open
  bool is_overdue(const queue::DueEntry& entry) const;
  Kind kind_of(const queue::DueEntry& entry) const;
  void come_back_to(queue::DuePosition position);

  Awaitable<> learn_suspensions();
  Awaitable<> scan();
  Awaitable<bool> scan_page();  // false: nothing more is due now
  bool has_lanes_for_scan() const;
  void go_back_for_passed_over();
  void end_backlog_if_released();
  Awaitable<Duration> time_to_next_due();

  Awaitable<> run_lane(Kind kind, std::string domain);
  Awaitable<bool> take_page(Kind kind, std::string domain, Lane* lane);  // false: at the end

  Awaitable<> watch_urgent_mail();
  Awaitable<> run_urgent_lane(std::string domain);
  Awaitable<> watch_room();
  Awaitable<> watch_expiry();
  Awaitable<> look_for_expired();

  const SchedulerSettings settings_;
  SchedulerParts parts_;
  Outage outage_;
  ClockWatch clock_watch_;
  Suspensions suspensions_;
  bool knows_suspensions_ = false;  // before that nothing is looked for
  Launcher launcher_;
  DueAnchor anchor_;

  std::optional<queue::DuePosition> cursor_;       // the due index is read up to here
  std::optional<queue::DuePosition> passed_over_;  // the first that found no lane
  Instant next_scan_ = Instant::max();             // what falls due before it wakes the scan
  std::size_t page_size_;
  std::array<Lanes, 3> lanes_;  // by kind
  UrgentMail urgent_;
  std::unordered_set<std::string> urgent_lanes_;

  WakeSignal news_;
  TaskGroup scanners_;                 // whatever looks for mail: scan, lanes, watches
  std::shared_ptr<Dispatcher*> self_;  // what the store's listener holds on to, weakly
};

}  // namespace greyhound::scheduler
