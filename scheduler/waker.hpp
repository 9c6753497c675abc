// Waker: lets what waits at a greylister go together. Once mail with a key has got through that is
// enough for the site, all that waits there with the same key is made due, at the pace of the ramp;
// where nobody knows yet whether a key is enough, one of them tries first. And before that, where
// it is known, one of them asks instead of all (greylist/probe_gate).
// What it knows of who waits where lasts as long as the agent: who was not woken has its own due.
// Source: docs/ARCHITECTURE.md, "Knock first, wake together".
// Owner: Launcher. Runs on: the home loop.
// Errors: none. Who cannot be woken keeps its due.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "queue/store.hpp"
#include "runtime/event_log.hpp"
#include "runtime/task_group.hpp"
#include "scheduler/attempt_record.hpp"
#include "scheduler/greylist/greylist_book.hpp"
#include "scheduler/greylist/key_trust.hpp"
#include "scheduler/greylist/probe_gate.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::scheduler {

struct WakerParts {
  queue::Store& store;
  Clock& clock;
  EventLog& log;
  const GreylistBook& book;
};

class Waker {
 public:
  Waker(const Executor& home, const RetrySettings& retry, WakerParts parts);

  // Its due was brought forward, and it has not been tried since.
  bool is_woken(queue::DeliveryId id) const { return woken_.contains(id); }
  std::optional<Instant> own_due(queue::DeliveryId id) const;

  struct OtherDue {
    Instant due;
    queue::Mover by;
  };
  // Asked when an attempt of it could start: whether it waits until then instead. nullopt: it goes,
  // and note_end() has to follow.
  std::optional<OtherDue> put_off(const queue::Delivery& delivery, const std::string& site);

  // An attempt is on record. `contact`: what a greylister made of it; none: it met none.
  void note_end(queue::DeliveryId id,
                const std::string& domain,
                const std::optional<KeyContact>& contact);

  // However it ended, it is on its way no more.
  void forget(queue::DeliveryId id);

  Awaitable<> stop();

 private:
  struct Site {
    std::set<std::string> domains = {};  // whose mail waits there
    bool has_news = false;               // to be walked once more
    bool is_unfinished = false;          // its last walk did not come to the end
    bool is_walked = false;
    std::size_t woken = 0;
    bool has_trial = false;
  };
  struct Woken {
    std::string site;
    Instant own_due;
    bool is_trial = false;
  };

  KeyTrust trust_in(const std::string& site, const queue::GreylistKeys& keys) const;
  std::optional<Instant> stands_back(const queue::Delivery& delivery, const std::string& site);
  bool may_be_moved(const queue::Delivery& delivery) const;
  void note_waiting(const std::string& site, const std::string& domain);

  Awaitable<> wake_at(std::string site);
  enum class Walk : std::uint8_t { nobody_waits, done, cut_short };
  Awaitable<Walk> walk_domain(std::string name, std::string domain);
  // false: those that are on their way do not get on.
  Awaitable<bool> consider(std::string name, queue::DueEntry entry);
  Awaitable<bool> room_for_one_more(std::string name);
  Awaitable<> wake(std::string name, queue::Delivery delivery, bool is_trial);

  const RetrySettings& retry_;
  WakerParts parts_;
  ProbeGate gate_;
  std::unordered_map<std::string, Site> sites_;
  std::unordered_map<queue::DeliveryId, Woken> woken_;
  std::unordered_map<queue::DeliveryId, ProbeGate::Key> probes_;
  TaskGroup walks_;
};

}  // namespace greyhound::scheduler
