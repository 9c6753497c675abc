// SiteHealth: what one site can bear now, by how its attempts end: how many at once, and when the
// next may begin. The number begins modest and grows while the site is kept full and does not mind;
// it is halved once for each round of attempts in which the site pushes back. A site where attempts
// of several deliveries in a row reached nobody is dead: one probes at a time, with a rest between
// two, until one is answered. Times are handed in. Pure.
// Source:  additive increase, multiplicative decrease and slow start (RFC 5681) for the number;
//          GCRA (ITU-T I.371) with a burst of one for the rate.
// Limits:  what was learned is good for an hour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "mail/attempt.hpp"
#include "mail/reply_rules.hpp"
#include "queue/ids.hpp"

namespace greyhound::scheduler {

enum class SiteAnswer : std::uint8_t {
  none,         // the attempt says nothing about the site: our own trouble, its DNS
  spoke,        // whatever it said was about the mail
  pushed_back,  // 421, too much at once, too busy, cut off
  silent,       // none of its hosts answered and let us begin
};
SiteAnswer answer_of(const mail::AttemptReport& report, const mail::ReplyRules& rules);

class SiteHealth {
 public:
  // As many connections as a stranger may open without being a nuisance.
  static constexpr std::size_t first_at_once = 5;
  // Fewer may be chance: a host that restarts, a route that flaps.
  static constexpr std::size_t silences_of_dead = 3;
  static constexpr Duration shortest_rest = std::chrono::seconds(5);
  static constexpr Duration longest_rest = std::chrono::minutes(1);

  std::size_t at_once(std::size_t most) const;  // at least 1
  SteadyInstant next_start() const { return next_start_; }

  bool is_dead() const { return dead_since_.has_value(); }
  std::optional<SteadyInstant> dead_since() const { return dead_since_; }
  SteadyInstant next_probe() const { return next_probe_; }  // of a dead one

  struct Start {
    Duration interval;    // until the next one may begin
    std::size_t running;  // with this one
    std::size_t most;     // that may
  };
  void note_start(const Start& start, SteadyInstant now);

  struct End {
    SiteAnswer answer;
    queue::DeliveryId delivery;
    SteadyInstant began;
    std::size_t most;
  };
  enum class Change : std::uint8_t { none, died, revived };
  Change note_end(const End& end, SteadyInstant now);

  void forget_what_is_old(SteadyInstant now);
  bool is_old(SteadyInstant now) const;

 private:
  void grow(const End& end);
  void shrink(const End& end, SteadyInstant now);
  Change note_silence(const End& end, SteadyInstant now);
  Change note_life();

  double at_once_ = first_at_once;
  // Growth is slow from here on: what was left when the site pushed back.
  double slow_from_ = std::numeric_limits<double>::max();
  SteadyInstant full_ = SteadyInstant::min();  // when it last was
  SteadyInstant shrunk_ = SteadyInstant::min();
  SteadyInstant next_start_ = SteadyInstant::min();
  SteadyInstant last_used_ = SteadyInstant::min();

  std::size_t silences_ = 0;  // in a row, of different deliveries
  std::optional<queue::DeliveryId> last_silent_;
  std::optional<SteadyInstant> dead_since_;
  SteadyInstant next_probe_ = SteadyInstant::min();
  Duration rest_ = shortest_rest;
};

// How a site stands, for operators.
struct SiteStanding {
  std::string site;
  std::size_t at_once = 0;
  std::size_t running = 0;
  std::size_t waiting = 0;  // in line; behind each there may be more of its domain
  std::optional<Instant> dead_since = {};
  std::optional<Instant> next_probe = {};
};

}  // namespace greyhound::scheduler
