// BoundedQueue: what waits between the loops and the storage threads, bounded by number and bytes.
// Runs on: push() and close() anywhere, without waiting for more than the mutex; pop() on the
//          threads that serve it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace greyhound::queue {

enum class Pushed : std::uint8_t { taken, full, closed };

template <class Item>
class BoundedQueue {
 public:
  BoundedQueue(std::size_t most_items, std::uint64_t most_bytes)
      : most_items_(most_items), most_bytes_(most_bytes) {}

  // Moves from `item` only if it is taken. An item larger than the bound may wait alone. What is
  // not bounded here has a bound elsewhere, and takes no room from the others.
  Pushed push(Item& item, std::uint64_t size_bytes, bool is_bounded = true) {
    {
      const std::lock_guard lock(mutex_);
      if (is_closed_) return Pushed::closed;
      if (is_bounded) {
        const bool fits = items_ == 0 || bytes_ + size_bytes <= most_bytes_;
        if (items_ >= most_items_ || !fits) return Pushed::full;
        ++items_;
        bytes_ += size_bytes;
      }
      entries_.push_back({std::move(item), size_bytes, is_bounded});
    }
    changed_.notify_one();
    return Pushed::taken;
  }

  // Waits for at least one item, then takes what is there up to the limits. Empty: closed and
  // drained.
  std::vector<Item> pop(std::size_t items, std::uint64_t bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_closed_ || !entries_.empty(); });
    std::vector<Item> taken;
    std::uint64_t taken_bytes = 0;
    while (!entries_.empty() && taken.size() < items) {
      auto& entry = entries_.front();
      if (!taken.empty() && taken_bytes + entry.size_bytes > bytes) break;
      taken.push_back(std::move(entry.item));
      taken_bytes += entry.size_bytes;
      if (entry.is_bounded) {
        --items_;
        bytes_ -= entry.size_bytes;
      }
      entries_.pop_front();
    }
    return taken;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      is_closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  struct Entry {
    Item item;
    std::uint64_t size_bytes;
    bool is_bounded;
  };

  const std::size_t most_items_;
  const std::uint64_t most_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> entries_;
  std::size_t items_ = 0;  // of those that are bounded, as are bytes_
  std::uint64_t bytes_ = 0;
  bool is_closed_ = false;
};

}  // namespace greyhound::queue
