// Outage: the time in which the agent could not send, and which mail is its backlog: the retries
// that fell due in it. First attempts are never backlog, nor is what falls due while we can send.
// At the start it reaches from the beginning of time to now. Pure.
#pragma once

#include "queue/store_values.hpp"

namespace greyhound::scheduler {

class Outage {
 public:
  explicit Outage(Instant started) : until_(started) {}

  // Sending stops. While the last backlog is not released yet the outage grows to hold both.
  void begin(Instant now);
  void end(Instant now);
  // All of the backlog is on its way: from here on everything is normal again.
  void set_released() { is_released_ = !is_on_; }

  bool is_on() const { return is_on_; }
  bool is_released() const { return is_released_; }
  bool holds(const queue::DueEntry& entry) const;

  Instant able_since() const { return until_; }  // once it is over

 private:
  Instant from_ = Instant::min();
  Instant until_;
  bool is_on_ = false;
  bool is_released_ = false;
};

}  // namespace greyhound::scheduler
