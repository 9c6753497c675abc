#include "scheduler/greylist/probe_gate.hpp"

#include <algorithm>

namespace greyhound::scheduler {
namespace {

constexpr Duration longest_run = std::chrono::hours(1);  // of an attempt whose end is never told

}  // namespace

std::optional<Instant> ProbeGate::stands_back(const Key& key, Duration own_wait, Instant now) {
  if (keys_.size() >= most_keys) forget_old(now);
  if (keys_.size() >= most_keys && !keys_.contains(key)) return std::nullopt;
  auto& state = keys_[key];
  const bool is_running = state.running > 0 && now - state.used < longest_run;
  if (!is_running && state.quiet_until <= now) {
    ++state.running;
    state.used = now;
    return std::nullopt;
  }
  if (state.next > now) return now + std::max(own_wait, interval_);
  state.next = is_running ? now + interval_ : state.quiet_until;
  return state.next;
}

void ProbeGate::note_end(const Key& key, bool was_refused, Instant now) {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return;
  auto& state = found->second;
  if (state.running > 0) --state.running;
  state.used = now;
  if (was_refused) state.quiet_until = now + interval_;
}

void ProbeGate::forget_old(Instant now) {
  std::erase_if(keys_, [now](const auto& entry) {
    const auto& state = entry.second;
    const bool is_idle = state.running == 0 && state.quiet_until <= now && state.next <= now;
    return is_idle || now - state.used >= longest_run;
  });
}

}  // namespace greyhound::scheduler
