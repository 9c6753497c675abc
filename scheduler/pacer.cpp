#include "scheduler/pacer.hpp"

#include <algorithm>
#include <tuple>

#include "runtime/must.hpp"

namespace greyhound::scheduler {
namespace {

constexpr Duration shortest_walk_gap = std::chrono::milliseconds(20);
constexpr Duration longest_walk_gap = std::chrono::seconds(60);
// What waits for longer at a dead site goes without a rest, one after the other: its sender shall
// hear of the delay, and is told only of what was tried.
constexpr Duration patience = std::chrono::minutes(10);

// Rounded up: sixty seconds hold no more than so many.
Duration interval_of(const mail::SiteLimits& limits) {
  if (!limits.per_minute) return Duration::zero();
  constexpr Duration minute = std::chrono::minutes(1);
  const auto count = static_cast<Duration::rep>(*limits.per_minute);
  return (minute + Duration(count - 1)) / count;
}

}  // namespace

bool Pacer::ByDue::operator()(const Waiter* a, const Waiter* b) const {
  return std::tie(a->claim.overdue_since, a->number) < std::tie(b->claim.overdue_since, b->number);
}

bool Pacer::ByDeadline::operator()(const Waiter* a, const Waiter* b) const {
  return std::tie(a->claim.deadline, a->number) < std::tie(b->claim.deadline, b->number);
}

Pacer::Pacer(const Executor& home, Concurrency limits, RampSettings ramp, Clock& clock)
    : home_(home),
      limits_(std::move(limits)),
      ramp_(ramp),
      clock_(clock),
      arrivals_(home),
      rest_began_(home) {}

Awaitable<Pacer::Permit> Pacer::enter(Claim claim) {
  Waiter waiter{.claim = claim, .line = line_of(claim), .number = ++next_number_};
  struct Place {  // in line until the room is granted, or the caller cancelled
    Pacer& pacer;
    Waiter& waiter;
    ~Place() {
      if (waiter.permit) return;
      pacer.remove(waiter);
      pacer.forget_if_idle(waiter.line);
    }
  } place{*this, waiter};
  join(waiter);
  if (!waiter.permit) {
    WakeSignal granted(home_);
    waiter.signal = &granted;
    co_await granted.wait();
    MUST(waiter.permit.has_value());
    waiter.permit->had_to_wait_ = true;
  }
  co_return std::move(*waiter.permit);
}

SiteLine& Pacer::line_of(const Claim& claim) {
  const auto per_site = claim.limits.per_site.value_or(limits_.per_site);
  auto found = lines_.find(claim.site);
  if (found == lines_.end()) {
    auto* const health = claim.is_internal ? nullptr : &book_.use(claim.site, clock_.steady());
    found = lines_.emplace(claim.site, SiteLine{claim.site, per_site, health}).first;
  }
  auto& line = found->second;
  line.per_site = std::min(line.per_site, per_site);
  line.interval = std::max(line.interval, interval_of(claim.limits));
  return line;
}

// A newcomer of the backlog goes at once if nobody is before it; else the next walk decides.
void Pacer::join(Waiter& waiter) {
  auto& line = waiter.line;
  if (!waiter.claim.overdue_since) {
    auto& normal = waiter.claim.is_first ? line.first : line.retries;
    const auto& deadline = waiter.claim.deadline;
    const bool is_urgent =
        waiter.claim.is_last || (deadline && is_pressing(*deadline, clock_.wall()));
    normal.insert(is_urgent ? normal.begin() : normal.end(), &waiter);
  } else {
    backlog_.insert(&waiter);
    if (waiter.claim.deadline) with_deadline_.insert(&waiter);
    if (ramp_.next_start() > clock_.steady()) is_ramp_short_ = true;
    if (++line.backlog == 1 && !is_ramp_short_) line.next_of_backlog = &waiter;
    arrivals_.wake();
  }
  update_rest(line);
  queue_if_ready(line);
  serve_ready_lines();
}

void Pacer::remove(Waiter& waiter) {
  auto& line = waiter.line;
  if (!waiter.claim.overdue_since) {
    std::erase(waiter.claim.is_first ? line.first : line.retries, &waiter);
    return;
  }
  backlog_.erase(&waiter);
  if (waiter.claim.deadline) with_deadline_.erase(&waiter);
  --line.backlog;
  if (line.next_of_backlog == &waiter) line.next_of_backlog = nullptr;
}

void Pacer::grant(Waiter& waiter) {
  auto& line = waiter.line;
  MUST(!is_paused_ && has_room() && line.has_room());
  remove(waiter);
  ++running_;
  ++line.running;
  if (waiter.claim.is_first) ++line.first_running;
  line.first_went_last = waiter.claim.is_first;
  line.backlog_went_last = waiter.claim.overdue_since.has_value();
  if (line.backlog_went_last) ramp_.start(line.site, clock_.steady());
  waiter.permit.emplace(*this, line);
  waiter.permit->is_first_ = waiter.claim.is_first;
  if (line.health != nullptr) {
    waiter.permit->is_probe_ = line.health->is_dead();
    if (waiter.permit->is_probe_) ++probing_;
    const SiteHealth::Start start{
        .interval = line.interval, .running = line.running, .most = line.per_site};
    line.health->note_start(start, clock_.steady());
    update_rest(line);
  }
  if (waiter.signal != nullptr) waiter.signal->wake();
}

void Pacer::give_back(SiteLine& line, bool was_made) {
  auto& in_all = was_made ? recording_ : running_;
  auto& at_site = was_made ? line.recording : line.running;
  MUST(in_all > 0 && at_site > 0);
  --in_all;
  --at_site;
  serve_after_change(line);
}

bool Pacer::has_room() const {
  return running_ < limits_.total && running_ + recording_ < 2 * limits_.total;
}

void Pacer::serve_after_change(SiteLine& line) {
  if (!backlog_.empty()) arrivals_.wake();
  queue_if_ready(line);
  forget_if_idle(line);
  serve_ready_lines();
}

// Whose turn it is at a site with room; null: nobody's. Normal mail and backlog alternate, unless a
// deadline presses.
SiteLine::Waiter* Pacer::next_at(const SiteLine& line) const {
  if (!line.has_room()) return nullptr;
  auto* const normal = line.next_normal(clock_.wall());
  auto* const backlog = line.next_of_backlog;
  if (backlog == nullptr || !ramp_.may_start(line.site, clock_.steady())) return normal;
  const auto& deadline = backlog->claim.deadline;
  const bool is_backlogs_turn = normal == nullptr || !line.backlog_went_last ||
                                (deadline && is_pressing(*deadline, clock_.wall()));
  return is_backlogs_turn ? backlog : normal;
}

void Pacer::queue_if_ready(SiteLine& line) {
  if (line.is_queued || next_at(line) == nullptr) return;
  ready_.push_back(&line);
  line.is_queued = true;
}

// The sites share the room in all by turns.
void Pacer::serve_ready_lines() {
  while (!is_paused_ && has_room() && !ready_.empty()) {
    auto& line = *ready_.front();
    ready_.pop_front();
    if (line.is_dead() && !may_probe()) {
      waiting_to_probe_.push_back(&line);
      continue;
    }
    line.is_queued = false;
    if (auto* const next = next_at(line)) grant(*next);
    queue_if_ready(line);
    forget_if_idle(line);
  }
}

void Pacer::forget_if_idle(SiteLine& line) {
  if (!line.is_idle()) return;
  if (line.rests) resting_.erase({*line.rests, &line});
  if (line.health != nullptr) book_.leave(line.site);
  lines_.erase(std::string(line.site));
}

// Connections that nobody answers last long: they must not take all the room.
bool Pacer::may_probe() const {
  return probing_ < std::max<std::size_t>(limits_.total / 2, 1);
}

void Pacer::let_next_probe() {
  if (waiting_to_probe_.empty()) return;
  ready_.push_back(waiting_to_probe_.front());
  waiting_to_probe_.pop_front();
}

void Pacer::note_revival(SiteLine& line) {
  if (std::erase(waiting_to_probe_, &line) > 0) ready_.push_back(&line);
}

SteadyInstant Pacer::next_start_at(const SiteLine& line) const {
  const auto& health = *line.health;
  if (!health.is_dead()) return health.next_start();
  auto probe = health.next_probe();
  if (const auto due = line.earliest_due(); due != Instant::max()) {
    const auto waits_for = clock_.wall() - std::min(due, clock_.wall());
    const auto left = std::max<Duration>(patience - waits_for, Duration::zero());
    probe = std::min(probe, clock_.steady() + left);
  }
  return std::max(health.next_start(), probe);
}

void Pacer::update_rest(SiteLine& line) {
  if (line.health == nullptr) return;
  std::optional<SteadyInstant> until = next_start_at(line);
  if (*until <= clock_.steady()) until.reset();
  if (until == line.rests) return;
  if (line.rests) resting_.erase({*line.rests, &line});
  line.rests = until;
  if (!until) return;
  resting_.emplace(*until, &line);
  rest_began_.wake();
}

Awaitable<> Pacer::end_rests() {
  for (;;) {
    while (resting_.empty()) {
      co_await rest_began_.wait();
    }
    const auto first = resting_.begin();
    const auto left = first->first - clock_.steady();
    if (left > Duration::zero()) {
      co_await rest_began_.wait_at_most(&clock_, left);
      continue;
    }
    auto& line = *first->second;
    resting_.erase(first);
    line.rests.reset();
    serve_after_change(line);
  }
}

void Pacer::resume() {
  is_paused_ = false;
  arrivals_.wake();
  serve_ready_lines();
}

void Pacer::note_end(const std::string& site, bool success) {
  ramp_.note_end(site, success, clock_.steady());
}

std::vector<SiteStanding> Pacer::standings() const {
  const auto now = clock_.steady();
  const auto wall = clock_.wall();
  std::vector<SiteStanding> all;
  book_.visit([&](const std::string& site, const SiteHealth& health) {
    const auto line = lines_.find(site);
    if (health.is_old(now) && line == lines_.end()) return;
    SiteStanding standing{.site = site, .at_once = health.at_once(limits_.per_site)};
    if (line != lines_.end()) {
      standing.at_once = health.at_once(line->second.per_site);
      standing.running = line->second.running;
      standing.waiting = line->second.waiting();
    }
    if (const auto since = health.dead_since()) {
      standing.dead_since = wall - (now - *since);
      standing.next_probe = wall + std::max<Duration>(health.next_probe() - now, Duration::zero());
    }
    all.push_back(std::move(standing));
  });
  return all;
}

void Pacer::forget(const std::string& site) {
  book_.forget(site);
  const auto line = lines_.find(site);
  if (line == lines_.end()) return;
  note_revival(line->second);
  update_rest(line->second);
  serve_after_change(line->second);
}

// A walk looks at everybody who waits for the ramp, so it is made at most every 20 ms, for all who
// may go by then.
Awaitable<> Pacer::release_backlog() {
  for (;;) {
    while (backlog_.empty() || is_paused_) {
      co_await arrivals_.wait();
    }
    const auto look_again = walk_backlog();
    co_await clock_.sleep(shortest_walk_gap);
    const auto rest = look_again - clock_.steady();
    if (rest > Duration::zero()) co_await arrivals_.wait_at_most(&clock_, rest);
  }
}

// Offers the ramp to those whose deadline presses, then to the others. Returns when to do it again.
SteadyInstant Pacer::walk_backlog() {
  ++walk_;
  const auto now = clock_.wall();
  auto look_again = clock_.steady() + longest_walk_gap;
  is_ramp_short_ = false;
  // Who is let go leaves the sets, and others may go with it; none dies before it has resumed.
  for (auto at = with_deadline_.begin(); at != with_deadline_.end();) {
    auto& waiter = **at;
    const auto deadline = waiter.claim.deadline.value_or(Instant::max());
    if (deadline > now + pressing_within) break;
    if (is_pressing(deadline, now) && !offer(waiter, look_again)) return look_again;
    at = with_deadline_.upper_bound(&waiter);
  }
  for (auto at = backlog_.begin(); at != backlog_.end();) {
    auto& waiter = **at;
    if (!offer(waiter, look_again)) break;
    at = backlog_.upper_bound(&waiter);
  }
  return look_again;
}

// false: the ramp is used up for everybody.
bool Pacer::offer(Waiter& waiter, SteadyInstant& look_again) {
  const auto now = clock_.steady();
  auto& line = waiter.line;
  if (ramp_.next_start() > now) {
    is_ramp_short_ = true;
    look_again = std::min(look_again, ramp_.next_start());
    return false;
  }
  const auto at_site = ramp_.next_start_at(line.site);
  if (at_site > now) {
    look_again = std::min(look_again, at_site);
    return true;
  }
  if (line.next_of_backlog == nullptr || line.chosen_in_walk != walk_) {
    line.next_of_backlog = &waiter;
    line.chosen_in_walk = walk_;
    update_rest(line);
  }
  queue_if_ready(line);
  serve_ready_lines();
  return true;
}

}  // namespace greyhound::scheduler
