// Ramp: how fast the backlog of an outage may be released: so many starts a second in all and at
// each site, at first. A rate doubles after each period of `doubles_every` in which it was proved:
// that of a site by more attempts that got somewhere than not, the one in all by a single one.
// Times are handed in. Pure.
// Limits: a rate holds over any span, give or take one start and what 25 ms make up, so that a
//         caller who looks every 20 ms loses nothing. What is not used is not saved up.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "mail/attempt.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::scheduler {

// Whether the site took any of it: what makes its rate grow.
bool got_anywhere(const mail::AttemptReport& report);

class RisingRate {
 public:
  RisingRate(double per_second, Duration doubles_every)
      : per_second_(per_second), doubles_every_(doubles_every) {}

  SteadyInstant next_start() const { return next_; }
  void start(SteadyInstant now);

  // The end of an attempt. What ended counts towards the period that ran at that time.
  enum class Proof : std::uint8_t { one_success, more_successes_than_not };
  void note_end(bool success, Proof needed, SteadyInstant now);

  SteadyInstant last_used() const { return last_used_; }
  double per_second() const { return per_second_; }

 private:
  void close_period(Proof needed, SteadyInstant now);

  double per_second_;
  Duration doubles_every_;
  SteadyInstant next_ = SteadyInstant::min();
  SteadyInstant last_used_ = SteadyInstant::min();
  SteadyInstant period_began_ = SteadyInstant::min();
  std::size_t successes_ = 0;  // of this period
  std::size_t others_ = 0;
};

class Ramp {
 public:
  explicit Ramp(RampSettings settings);

  // When the next start is allowed; in the past: now.
  SteadyInstant next_start() const { return all_.next_start(); }
  SteadyInstant next_start_at(const std::string& site) const;
  bool may_start(const std::string& site, SteadyInstant now) const;
  void start(const std::string& site, SteadyInstant now);

  // An attempt at the site ended, of the backlog or not.
  void note_end(const std::string& site, bool success, SteadyInstant now);

  void reset();  // back to the first rates

 private:
  void forget_idle_sites(SteadyInstant now);

  RampSettings settings_;
  RisingRate all_;
  std::unordered_map<std::string, RisingRate> sites_;
  std::size_t sites_before_sweep_;
};

}  // namespace greyhound::scheduler
