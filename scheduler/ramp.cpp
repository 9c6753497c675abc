#include "scheduler/ramp.hpp"

#include <algorithm>

namespace greyhound::scheduler {
namespace {

constexpr Duration arrears = std::chrono::milliseconds(25);  // what a late look may catch up on
constexpr double fastest_per_second = 1e6;                   // doubling ends here
constexpr std::size_t fewest_sites_to_sweep = 50'000;

// After so long a site may bear less than it did.
bool is_idle(const RisingRate& rate, Duration doubles_every, SteadyInstant now) {
  const auto idle = std::max<Duration>(std::chrono::minutes(1), 2 * doubles_every);
  return rate.last_used() != SteadyInstant::min() && now - rate.last_used() > idle;
}

}  // namespace

bool got_anywhere(const mail::AttemptReport& report) {
  const auto is_delivered = [](const mail::Outcome& outcome) {
    return outcome.verdict == mail::Verdict::delivered;
  };
  return std::any_of(report.outcomes.begin(), report.outcomes.end(), is_delivered);
}

void RisingRate::start(SteadyInstant now) {
  const auto gap = Duration(static_cast<Duration::rep>(1e6 / per_second_));
  const bool is_idle = last_used_ == SteadyInstant::min() || next_ + arrears < now;
  next_ = (is_idle ? now : next_) + gap;
  last_used_ = now;
}

void RisingRate::note_end(bool success, Proof needed, SteadyInstant now) {
  close_period(needed, now);
  if (successes_ + others_ == 0) period_began_ = now;
  ++(success ? successes_ : others_);
}

// A period begins with the first end of an attempt, so that silence proves nothing.
void RisingRate::close_period(Proof needed, SteadyInstant now) {
  if (successes_ + others_ == 0 || now - period_began_ < doubles_every_) return;
  const bool is_proved = needed == Proof::one_success ? successes_ > 0 : successes_ > others_;
  if (is_proved) per_second_ = std::min(per_second_ * 2, fastest_per_second);
  successes_ = 0;
  others_ = 0;
}

Ramp::Ramp(RampSettings settings)
    : settings_(settings),
      all_(settings.per_second, settings.doubles_every),
      sites_before_sweep_(fewest_sites_to_sweep) {}

SteadyInstant Ramp::next_start_at(const std::string& site) const {
  const auto found = sites_.find(site);
  return found == sites_.end() ? SteadyInstant::min() : found->second.next_start();
}

bool Ramp::may_start(const std::string& site, SteadyInstant now) const {
  return next_start() <= now && next_start_at(site) <= now;
}

void Ramp::start(const std::string& site, SteadyInstant now) {
  if (sites_.size() >= sites_before_sweep_) forget_idle_sites(now);
  const RisingRate first(settings_.per_site_per_second, settings_.doubles_every);
  auto& rate = sites_.try_emplace(site, first).first->second;
  if (is_idle(rate, settings_.doubles_every, now)) rate = first;
  rate.start(now);
  if (is_idle(all_, settings_.doubles_every, now)) {
    all_ = RisingRate(settings_.per_second, settings_.doubles_every);
  }
  all_.start(now);
}

void Ramp::note_end(const std::string& site, bool success, SteadyInstant now) {
  const auto found = sites_.find(site);
  if (found == sites_.end()) return;
  found->second.note_end(success, RisingRate::Proof::more_successes_than_not, now);
  all_.note_end(success, RisingRate::Proof::one_success, now);
}

void Ramp::reset() {
  *this = Ramp(settings_);
}

// A site that has had nothing for a while begins anew: a backlog may name more of them than fit.
void Ramp::forget_idle_sites(SteadyInstant now) {
  std::erase_if(sites_, [&](const auto& entry) {
    return is_idle(entry.second, settings_.doubles_every, now);
  });
  sites_before_sweep_ = std::max(fewest_sites_to_sweep, 2 * sites_.size());
}

}  // namespace greyhound::scheduler
