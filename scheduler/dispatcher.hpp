// Dispatcher: finds what is due, asks where it goes, and starts attempts as far as the pacer
//             allows.
//
// The due index tells which domains have due mail; each such domain gets a lane, one task that
// takes
// the domain's deliveries in due order from its own index. A lane whose site is full waits there
// with
// one delivery in hand, so memory keeps lanes, never their mail, and other lanes go on.
// Owner: agent. Runs on: the home loop. Nothing is read at start but what is due.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runtime/task_group.hpp"
#include "runtime/wake_signal.hpp"
#include "scheduler/attempt_runner.hpp"
#include "scheduler/pacer.hpp"

namespace greyhound::scheduler {

class Dispatcher {
 public:
  Dispatcher(const Executor& home, SchedulerSettings settings, SchedulerParts parts);

  // Attaches to the store's new entries and starts looking for due mail.
  void start();

  // Starts no more attempts, waits `grace` for those that run, then cuts them (they stay due; one
  // behind its final dot stays marked as in doubt).
  Awaitable<> stop(Duration grace);

  bool is_active(queue::DeliveryId id) const { return active_.contains(id); }

 private:
  struct Lane {
    std::optional<queue::DuePosition> after;  // taken up to here
    bool has_more = false;                    // the index may hold entries behind `after`
  };
  enum class Taken : std::uint8_t { done, store_failed };

  void on_entries(const std::vector<queue::DueEntry>& entries);
  void open_lane(const queue::DueEntry& entry);
  Awaitable<> scan();
  Awaitable<bool> scan_page();  // false: nothing more is due now
  Awaitable<Duration> time_to_next_due();
  Awaitable<> watch_expiry();
  Awaitable<> run_lane(std::string domain);
  Awaitable<Taken> take(queue::DueEntry entry);
  Taken after_failed_load(queue::DeliveryId id, const Error& error);
  Awaitable<> wait_for_room(std::string site);
  void forget_waiter(const std::string& site, WakeSignal* waiter);
  static void wake_first(std::deque<WakeSignal*>& waiting);
  void start_attempt(queue::LoadedDelivery loaded, mail::Site site);
  void start_settlement(queue::DeliveryId id, Awaitable<> work);
  Awaitable<> attempt(queue::LoadedDelivery loaded, mail::Site site);
  Awaitable<> run_settlement(queue::DeliveryId id, Awaitable<> work);
  Awaitable<> settle_if_expired(queue::DueEntry entry);
  void release(const std::string& site);

  const SchedulerSettings settings_;
  SchedulerParts parts_;
  AttemptRunner runner_;
  Pacer pacer_;
  Instant started_;

  std::optional<queue::DuePosition> cursor_;  // the due index is read up to here
  std::unordered_map<std::string, Lane> lanes_;
  std::unordered_set<queue::DeliveryId> active_;
  std::unordered_map<std::string, std::deque<WakeSignal*>> waiting_at_;  // lanes at a full site
  std::deque<WakeSignal*> waiting_for_any_;                              // lanes at the total limit

  WakeSignal news_;
  TaskGroup scanners_;  // scan, expiry, lanes
  TaskGroup attempts_;
  std::shared_ptr<Dispatcher*> self_;  // what the store's listener holds on to, weakly
};

}  // namespace greyhound::scheduler
