// Launcher: takes one due delivery to its attempt: reads it, asks where it goes, waits for its
//           permit and starts the attempt. Starts nothing while the store could not record it.
// Owner: Dispatcher. Runs on: the home loop.
// Errors: none. What cannot be read is put aside or, if only the disk failed, left to be taken
//         again.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/task_group.hpp"
#include "runtime/wake_signal.hpp"
#include "scheduler/attempt_runner.hpp"
#include "scheduler/outage.hpp"
#include "scheduler/pacer.hpp"
#include "scheduler/suspensions.hpp"
#include "scheduler/waker.hpp"

namespace greyhound::scheduler {

class Launcher {
 public:
  // `met_again` is told of the index entries that were met while their delivery was active and
  // that came into being meanwhile: somebody has to come back for them.
  using MetAgain = std::function<void(const queue::DueEntry&)>;
  Launcher(const Executor& home,
           const SchedulerSettings& settings,
           SchedulerParts parts,
           Outage& outage,
           const Suspensions& suspensions,
           MetAgain met_again);

  // Seen to: an attempt runs, or there was nothing to do. Several lanes may come with the same
  // delivery; one of them gets it.
  enum class Taken : std::uint8_t { at_once, after_waiting, store_failed };
  // `site`: where mail of the domain went last, empty if nobody knows; room there is waited for
  // before anything is read. It is set to where this goes. nullptr: read first.
  Awaitable<Taken> take(queue::DueEntry entry, std::string* site);

  // What is expired fails, unless it gets one more attempt first: then that has to be seen to.
  enum class Expired : std::uint8_t { seen_to, gets_last_attempt };
  Awaitable<Expired> expire(queue::DueEntry entry);

  // Asks the store; if it has no room the outage begins.
  bool can_record();
  void resume();  // the outage is over
  void backlog_is_released() { pacer_.reset_ramp(); }

  Awaitable<> release_backlog() { return pacer_.release_backlog(); }
  Awaitable<> end_rests() { return pacer_.end_rests(); }

  std::vector<SiteStanding> standings() const { return pacer_.standings(); }
  void forget(const std::string& site);  // the store has forgotten it

  // Waits `grace` for the attempts that run, then cuts them.
  Awaitable<> stop(Duration grace);

  bool is_active(queue::DeliveryId id) const { return active_.contains(id); }
  bool is_woken(queue::DeliveryId id) const { return waker_.is_woken(id); }
  const InDoubtCount& in_doubt() const { return runner_.in_doubt(); }
  bool is_taken(const queue::DueEntry& entry);  // active, or some lane has it in hand

 private:
  struct Active {
    std::optional<Instant> due = {};                // of the entry that led to it; none: expired
    std::optional<queue::DueEntry> met_again = {};  // under another due
  };
  enum class Hand : std::uint8_t { busy, waits };  // waiting: will be read again

  Claim claim_of(const queue::Delivery& delivery, const mail::Located& located) const;
  bool is_backlog(const queue::Delivery& delivery, const std::string& site) const;
  Instant able_since(const std::string& domain, const std::string& site) const;
  Awaitable<std::string> site_if_it_matters(queue::LoadedDelivery loaded);
  std::string site_of(const std::string& domain, const mail::Located& located);
  bool is_busy(queue::DeliveryId id) const;
  Awaitable<Taken> put_aside(queue::DueEntry entry, Error error);
  Awaitable<> work_for(queue::LoadedDelivery loaded, mail::Located located, Pacer::Permit permit);
  Awaitable<> attempt(queue::LoadedDelivery loaded, mail::Site site, Pacer::Permit permit);
  void log_change(const std::string& site, SiteHealth::Change change);
  static Awaitable<> settle(Awaitable<> settlement, Pacer::Permit permit);
  void start(queue::DeliveryId id, Active active, Awaitable<> work);
  Awaitable<> run(queue::DeliveryId id, Awaitable<> work);
  void end(queue::DeliveryId id);

  const std::vector<mail::SiteRule> site_rules_;
  const mail::ReplyRulesPtr reply_rules_;
  SchedulerParts parts_;
  Outage& outage_;
  const Suspensions& suspensions_;
  std::unordered_map<std::string, std::string> held_at_;  // domains of suspended sites, and which
  MetAgain met_again_;
  AttemptRunner runner_;
  Waker waker_;
  Pacer pacer_;

  std::unordered_map<queue::DeliveryId, Hand> in_hand_;
  std::unordered_map<queue::DeliveryId, Active> active_;
  WakeSignal ended_;
  TaskGroup attempts_;
};

}  // namespace greyhound::scheduler
