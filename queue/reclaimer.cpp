#include "queue/reclaimer.hpp"

#include <chrono>

namespace greyhound::queue {
namespace {

constexpr auto between_rounds = std::chrono::seconds(10);

}  // namespace

Reclaimer::Reclaimer(RocksDatabase& database, EventLog& log) : database_(database), log_(log) {
  thread_ = std::thread([this] { run(); });
}

Reclaimer::~Reclaimer() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Reclaimer::note_closed(std::uint64_t bytes) {
  if (bytes == 0) return;
  const std::lock_guard lock(mutex_);
  closed_bytes_ += bytes;
}

void Reclaimer::note_shortage() {
  {
    const std::lock_guard lock(mutex_);
    is_short_ = true;
  }
  changed_.notify_all();
}

void Reclaimer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_stopping_ || (is_short_ && closed_bytes_ > 0); });
    if (is_stopping_) return;
    const auto closed_bytes = closed_bytes_;
    closed_bytes_ = 0;
    is_short_ = false;
    lock.unlock();
    if (const auto done = database_.reclaim(Family::bodies)) {
      log_.info("queue_reclaimed", {{"closed_bytes", closed_bytes}});
    } else {
      log_.error("queue_reclaim_failed", {{"what", done.error().what}});
    }
    lock.lock();
    changed_.wait_for(lock, between_rounds, [this] { return is_stopping_; });
  }
}

}  // namespace greyhound::queue
