// ProbeGate: where one key is enough for a greylister, the retries of all mail with it would tell
// the same. One of them goes; those that fall due while it runs, or soon after it was refused,
// stand back: the first of them until that time is over, to be the next to go, the others for
// their own wait once more. So whatever waits is let through as early as if all had knocked, give
// or take one interval: once one passes, the others are woken. Times are handed in. Pure.
// Limits: of more than `most_keys` keys it lets everybody go.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "runtime/clock.hpp"

namespace greyhound::scheduler {

class ProbeGate {
 public:
  explicit ProbeGate(Duration interval) : interval_(interval) {}

  struct Key {
    std::string site;
    std::uint64_t hash;
    friend bool operator==(const Key&, const Key&) = default;
  };

  // nullopt: it goes, and note_end() has to follow. Else not before then.
  std::optional<Instant> stands_back(const Key& key, Duration own_wait, Instant now);
  void note_end(const Key& key, bool was_refused, Instant now);

  std::size_t size() const { return keys_.size(); }

  static constexpr std::size_t most_keys = 10'000;

 private:
  struct State {
    std::size_t running = 0;
    Instant quiet_until = Instant::min();  // after a refusal
    Instant next = Instant::min();         // when the next one goes
    Instant used = {};
  };
  struct HashOf {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string>()(key.site) ^ key.hash;
    }
  };
  void forget_old(Instant now);

  Duration interval_;
  std::unordered_map<Key, State, HashOf> keys_;
};

}  // namespace greyhound::scheduler
