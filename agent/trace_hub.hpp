// TraceHub: stands between attempts, on their loops, and those who watch them. A line is kept for
// each watcher that asked for its like until that watcher takes it.
// Owner: agent. Runs on: any thread, all members alike; no lock is held for longer than a line or
//        the exchange of a list takes.
// Limits: max_waiting_bytes for each watcher; what comes on top is lost, and counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mail/trace.hpp"
#include "runtime/clock.hpp"

namespace greyhound::agent {

// What somebody watches: whatever fits one of these.
struct TraceFilter {
  struct Mail {
    std::string id;  // of a message or delivery
    bool is_message = false;
  };
  std::vector<Mail> mail = {};
  std::string site = {};  // lower case: the recipients' domain, or an MX; empty: none
  std::optional<IpAddress> address = {};

  bool fits(const mail::TraceSubject& subject) const;
};

struct TraceLine {
  Instant at;
  mail::TraceSubject subject;
  mail::TraceKind kind = mail::TraceKind::remark;
  std::string text;
};

// What has come for a watcher, and how many lines came after it that there was no room for.
struct TraceTaken {
  std::vector<TraceLine> lines = {};
  std::size_t lost = 0;
};

class TraceHub final : public mail::Trace {
 public:
  static constexpr std::size_t max_waiting_bytes = std::size_t{256} * 1024;

  class Watch;  // one watcher's place, for as long as it lives

  explicit TraceHub(const Clock& clock) : clock_(clock) {}
  ~TraceHub() override;

  std::unique_ptr<Watch> watch(TraceFilter filter);

  bool is_watched() const override { return watchers_.load(std::memory_order_relaxed) > 0; }
  bool wants(const mail::TraceSubject& subject) const override;
  void show(const mail::TraceSubject& subject, mail::TraceKind kind, std::string line) override;

 private:
  const Clock& clock_;
  std::atomic<std::size_t> watchers_{0};
  mutable std::mutex mutex_;
  std::list<Watch*> watches_;
};

class TraceHub::Watch {
 public:
  Watch(TraceHub& hub, TraceFilter filter) : hub_(hub), filter_(std::move(filter)) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

  TraceTaken take();  // since the last time

 private:
  friend class TraceHub;
  void add(TraceLine line);

  TraceHub& hub_;
  const TraceFilter filter_;
  // Under the hub's mutex.
  TraceTaken waiting_;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace greyhound::agent
