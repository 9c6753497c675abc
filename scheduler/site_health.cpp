#include "scheduler/site_health.hpp"

#include <algorithm>

#include "mail/classification.hpp"

namespace greyhound::scheduler {
namespace {

constexpr Duration good_for = std::chrono::hours(1);

SiteAnswer answer_of(const mail::Outcome& outcome, const mail::ReplyRules& rules) {
  using mail::ReplyClass;
  using mail::Stage;
  if (outcome.verdict == mail::Verdict::delivered) return SiteAnswer::spoke;
  if (outcome.stage == Stage::connect || outcome.stage == Stage::greeting) {
    return SiteAnswer::silent;
  }
  if (outcome.stage == Stage::dns || outcome.stage == Stage::local) return SiteAnswer::none;
  const bool is_about_envelope = outcome.status.subject() == 5;  // too many recipients, bad syntax
  if (is_about_envelope) return SiteAnswer::spoke;
  const auto reply_class = mail::classify(outcome, rules).reply_class;
  if (reply_class == ReplyClass::greylist) return SiteAnswer::spoke;
  const bool is_about_load = reply_class == ReplyClass::rate_limit ||
                             reply_class == ReplyClass::server_busy ||
                             reply_class == ReplyClass::connection;
  const bool hangs_up = outcome.reply && outcome.reply->code == 421;
  return is_about_load || hangs_up ? SiteAnswer::pushed_back : SiteAnswer::spoke;
}

}  // namespace

SiteAnswer answer_of(const mail::AttemptReport& report, const mail::ReplyRules& rules) {
  if (report.our_fault) return SiteAnswer::none;
  const auto has = [&report, &rules](SiteAnswer answer) {
    const auto is_it = [answer, &rules](const mail::Outcome& outcome) {
      return answer_of(outcome, rules) == answer;
    };
    return std::any_of(report.outcomes.begin(), report.outcomes.end(), is_it);
  };
  const bool has_spoken = has(SiteAnswer::spoke);
  const bool was_silent = has(SiteAnswer::silent);
  // A second session that found nobody, where the first one did, is one too many.
  if (has(SiteAnswer::pushed_back) || (has_spoken && was_silent)) return SiteAnswer::pushed_back;
  if (has_spoken) return SiteAnswer::spoke;
  return was_silent ? SiteAnswer::silent : SiteAnswer::none;
}

std::size_t SiteHealth::at_once(std::size_t most) const {
  if (is_dead()) return 1;
  return std::min(most, static_cast<std::size_t>(at_once_));
}

void SiteHealth::note_start(const Start& start, SteadyInstant now) {
  next_start_ = now + start.interval;
  last_used_ = now;
  if (start.running >= at_once(start.most)) full_ = now;
}

SiteHealth::Change SiteHealth::note_end(const End& end, SteadyInstant now) {
  last_used_ = now;
  switch (end.answer) {
    case SiteAnswer::none:
      return Change::none;
    case SiteAnswer::spoke:
      grow(end);
      return note_life();
    case SiteAnswer::pushed_back:
      shrink(end, now);
      return note_life();
    case SiteAnswer::silent:
      shrink(end, now);
      return note_silence(end, now);
  }
  return Change::none;
}

// Room that nobody used proves nothing.
void SiteHealth::grow(const End& end) {
  const bool was_full = full_ >= end.began;
  if (!was_full || is_dead() || at_once_ >= static_cast<double>(end.most)) return;
  at_once_ += at_once_ < slow_from_ ? 1 : 1 / at_once_;
}

// What began before it last shrank met the site as it was then.
void SiteHealth::shrink(const End& end, SteadyInstant now) {
  if (end.began < shrunk_) return;
  const auto most = static_cast<double>(std::max<std::size_t>(end.most, 1));
  at_once_ = std::max(1.0, std::min(at_once_, most) / 2);
  slow_from_ = at_once_;
  shrunk_ = now;
}

SiteHealth::Change SiteHealth::note_silence(const End& end, SteadyInstant now) {
  if (dead_since_) {
    if (end.began < *dead_since_) return Change::none;  // no probe
    rest_ = std::min(2 * rest_, longest_rest);
    next_probe_ = now + rest_;
    return Change::none;
  }
  if (last_silent_ != end.delivery) ++silences_;
  last_silent_ = end.delivery;
  if (silences_ < silences_of_dead) return Change::none;
  dead_since_ = now;
  rest_ = shortest_rest;
  next_probe_ = now + rest_;
  return Change::died;
}

SiteHealth::Change SiteHealth::note_life() {
  silences_ = 0;
  last_silent_.reset();
  if (!is_dead()) return Change::none;
  dead_since_.reset();
  at_once_ = first_at_once;
  slow_from_ = std::numeric_limits<double>::max();
  return Change::revived;
}

bool SiteHealth::is_old(SteadyInstant now) const {
  return last_used_ == SteadyInstant::min() || now - last_used_ > good_for;
}

void SiteHealth::forget_what_is_old(SteadyInstant now) {
  if (is_old(now)) *this = SiteHealth();
}

}  // namespace greyhound::scheduler
