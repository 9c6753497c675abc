#include "scheduler/pacer.hpp"

#include <algorithm>
#include <tuple>

#include "runtime/must.hpp"

namespace greyhound::scheduler {
namespace {

constexpr Duration shortest_walk_gap = std::chrono::milliseconds(20);
constexpr Duration longest_walk_gap = std::chrono::seconds(60);

// Rounded up: sixty seconds hold no more than so many.
Duration rest_after_start(const mail::SiteLimits& limits) {
  if (!limits.per_minute) return Duration::zero();
  constexpr Duration minute = std::chrono::minutes(1);
  const auto count = static_cast<Duration::rep>(*limits.per_minute);
  return (minute + Duration(count - 1)) / count;
}

}  // namespace

Pacer::Permit::Permit(Permit&& other) noexcept
    : pacer_(std::exchange(other.pacer_, nullptr)),
      line_(other.line_),
      had_to_wait_(other.had_to_wait_),
      is_made_(other.is_made_) {}

Pacer::Permit& Pacer::Permit::operator=(Permit&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  pacer_ = std::exchange(other.pacer_, nullptr);
  line_ = other.line_;
  had_to_wait_ = other.had_to_wait_;
  is_made_ = other.is_made_;
  return *this;
}

void Pacer::Permit::give_back() {
  if (pacer_ != nullptr) pacer_->give_back(*line_, is_made_);
}

void Pacer::Permit::attempt_is_made() {
  MUST(pacer_ != nullptr && !is_made_ && line_->running > 0);
  is_made_ = true;
  --pacer_->running_;
  ++pacer_->recording_;
  --line_->running;
  ++line_->recording;
  pacer_->serve_after_change(*line_);
}

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

Pacer::Line& Pacer::line_of(const Claim& claim) {
  const auto per_site = claim.limits.per_site.value_or(limits_.per_site);
  auto found = lines_.find(claim.site);
  if (found == lines_.end()) found = lines_.emplace(claim.site, Line{claim.site, per_site}).first;
  auto& line = found->second;
  line.per_site = std::min(line.per_site, per_site);
  line.rest = std::max(line.rest, rest_after_start(claim.limits));
  return line;
}

// A newcomer of the backlog goes at once if nobody is before it; else the next walk decides.
void Pacer::join(Waiter& waiter) {
  auto& line = waiter.line;
  if (!waiter.claim.overdue_since) {
    line.normal.push_back(&waiter);
  } else {
    backlog_.insert(&waiter);
    if (waiter.claim.deadline) with_deadline_.insert(&waiter);
    if (ramp_.next_start() > clock_.steady()) is_ramp_short_ = true;
    if (++line.backlog == 1 && !is_ramp_short_) line.next_of_backlog = &waiter;
    arrivals_.wake();
  }
  queue_if_ready(line);
  serve_ready_lines();
}

void Pacer::remove(Waiter& waiter) {
  auto& line = waiter.line;
  if (!waiter.claim.overdue_since) {
    std::erase(line.normal, &waiter);
    return;
  }
  backlog_.erase(&waiter);
  if (waiter.claim.deadline) with_deadline_.erase(&waiter);
  --line.backlog;
  if (line.next_of_backlog == &waiter) line.next_of_backlog = nullptr;
}

void Pacer::grant(Waiter& waiter) {
  auto& line = waiter.line;
  MUST(!is_paused_ && has_room() && has_room_at(line));
  remove(waiter);
  ++running_;
  ++line.running;
  line.backlog_went_last = waiter.claim.overdue_since.has_value();
  if (line.backlog_went_last) ramp_.start(line.site, clock_.steady());
  if (line.rest > Duration::zero()) rest(line);
  waiter.permit.emplace(*this, line);
  if (waiter.signal != nullptr) waiter.signal->wake();
}

void Pacer::give_back(Line& line, bool was_made) {
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

bool Pacer::has_room_at(const Line& line) const {
  return !line.is_resting && line.running < line.per_site &&
         line.running + line.recording < 2 * line.per_site;
}

void Pacer::serve_after_change(Line& line) {
  if (!backlog_.empty()) arrivals_.wake();
  queue_if_ready(line);
  forget_if_idle(line);
  serve_ready_lines();
}

// Whose turn it is at a site with room; null: nobody's. Normal mail and backlog alternate, unless a
// deadline presses.
Pacer::Waiter* Pacer::next_at(const Line& line) const {
  if (!has_room_at(line)) return nullptr;
  auto* const normal = line.normal.empty() ? nullptr : line.normal.front();
  auto* const backlog = line.next_of_backlog;
  if (backlog == nullptr || !ramp_.may_start(line.site, clock_.steady())) return normal;
  const auto& deadline = backlog->claim.deadline;
  const bool is_backlogs_turn = normal == nullptr || !line.backlog_went_last ||
                                (deadline && is_pressing(*deadline, clock_.wall()));
  return is_backlogs_turn ? backlog : normal;
}

void Pacer::queue_if_ready(Line& line) {
  if (line.is_queued || next_at(line) == nullptr) return;
  ready_.push_back(&line);
  line.is_queued = true;
}

// The sites share the room in all by turns.
void Pacer::serve_ready_lines() {
  while (!is_paused_ && has_room() && !ready_.empty()) {
    auto& line = *ready_.front();
    ready_.pop_front();
    line.is_queued = false;
    if (auto* const next = next_at(line)) grant(*next);
    queue_if_ready(line);
    forget_if_idle(line);
  }
}

void Pacer::forget_if_idle(Line& line) {
  const bool is_idle = !line.is_resting && line.running == 0 && line.recording == 0 &&
                       line.normal.empty() && line.backlog == 0 && !line.is_queued;
  if (is_idle) lines_.erase(std::string(line.site));
}

void Pacer::rest(Line& line) {
  line.is_resting = true;
  resting_.emplace(clock_.steady() + line.rest, &line);
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
    line.is_resting = false;
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
  }
  queue_if_ready(line);
  serve_ready_lines();
  return true;
}

}  // namespace greyhound::scheduler
