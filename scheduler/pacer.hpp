// Pacer: how many attempts may run at once, per site and in all. Counts only; who waits is the
// dispatcher's business. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "scheduler/scheduler_settings.hpp"

namespace greyhound::scheduler {

class Pacer {
 public:
  explicit Pacer(Concurrency limits) : limits_(limits) {}

  bool has_room() const { return total_ < limits_.total; }
  bool has_room_at(const std::string& site) const;
  void take(const std::string& site);     // MUST have room in all and at the site
  void release(const std::string& site);  // MUST have been taken
  std::size_t running() const { return total_; }

 private:
  Concurrency limits_;
  std::size_t total_ = 0;
  std::unordered_map<std::string, std::size_t> running_at_;
};

}  // namespace greyhound::scheduler
