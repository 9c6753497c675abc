#include "scheduler/dispatcher.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

namespace greyhound::scheduler {

using queue::DueEntry;
using queue::DuePosition;

namespace {

constexpr std::size_t scan_page_size = 500;
constexpr std::size_t largest_scan_page = 4000;  // while the scan only meets open lanes
constexpr std::size_t lane_page_size = 10;
constexpr std::size_t largest_lane_page = 640;  // while a lane waits for nothing
constexpr std::size_t expiry_page_size = 200;
constexpr std::size_t max_lanes = 20'000;  // of each kind
constexpr std::size_t max_urgent = 10'000;
constexpr Duration longest_sleep = std::chrono::seconds(60);  // so that a stepped clock is noticed
constexpr Duration watch_interval = std::chrono::seconds(1);
constexpr Duration room_interval = std::chrono::milliseconds(500);  // an answer is one old at most
constexpr Duration store_retry_wait = std::chrono::seconds(1);
constexpr Duration expiry_grace =
    std::chrono::seconds(60);  // the last attempt is due at the expiry

// The store's positions are exclusive: a reader starts behind one. Deliveries are numbered from 1.
DuePosition just_before(DuePosition position) {
  if (position.id.number > 0) {
    --position.id.number;
  } else {
    position.due -= Duration(1);
  }
  return position;
}

}  // namespace

Dispatcher::Dispatcher(const Executor& home, SchedulerSettings settings, SchedulerParts parts)
    : settings_(std::move(settings)),
      parts_(parts),
      outage_(parts.clock.wall()),
      clock_watch_(parts.clock.wall(), parts.clock.steady()),
      launcher_(home,
                settings_,
                parts,
                outage_,
                suspensions_,
                [this](const DueEntry& entry) { open_lane(entry); }),
      anchor_(parts.store, parts.log, [this](queue::DeliveryId id) { return is_active(id); }),
      page_size_(scan_page_size),
      urgent_(max_urgent),
      news_(home),
      scanners_(home),
      self_(std::make_shared<Dispatcher*>(this)) {}

void Dispatcher::start() {
  const auto home = scanners_.loop();
  parts_.store.on_due_entries([home, weak = std::weak_ptr(self_)](std::vector<DueEntry> entries) {
    boost::asio::post(home, [weak, entries = std::move(entries)] {
      if (const auto self = weak.lock()) (*self)->on_entries(entries);
    });
  });
  const auto now = parts_.clock.wall();
  const auto set_back = DueAnchor::set_back_before(parts_.store.new_id(), now);
  if (set_back > Duration::zero()) bring_dues_back(now, set_back);
  scanners_.spawn("release of the backlog", launcher_.release_backlog());
  scanners_.spawn("rests of sites", launcher_.end_rests());
  scanners_.spawn("scan of due mail", scan());
  scanners_.spawn("watch over urgent mail", watch_urgent_mail());
  scanners_.spawn("watch over the store's room", watch_room());
  scanners_.spawn("watch over expiry", watch_expiry());
}

Awaitable<> Dispatcher::stop(Duration grace) {
  scanners_.cancel();
  co_await scanners_.join();
  co_await launcher_.stop(grace);
}

// The time, and what there is to do if it has jumped. Sleep, or a clock that was set ahead: there
// was a time in which we could not send, and what fell due in it is backlog.
Instant Dispatcher::look_at_clock() {
  const auto wall = parts_.clock.wall();
  const auto jump = clock_watch_.look(wall, parts_.clock.steady());
  if (!jump) return wall;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(jump->by).count();
  parts_.log.warning("clock_jumped", {{"by_seconds", seconds}});
  if (jump->by < Duration::zero()) {
    bring_dues_back(wall, -jump->by);
  } else if (!outage_.is_on()) {
    outage_.begin(jump->from);
    outage_.end(wall);
    cursor_.reset();  // what was normal before may have become backlog with an older outage
    news_.wake();
  }
  return wall;
}

void Dispatcher::bring_dues_back(Instant now, Duration by) {
  scanners_.spawn("dues after a clock that was set back", anchor_.bring_back(now, by));
}

Awaitable<Result<>> Dispatcher::suspend(std::string name) {
  queue::Suspension suspension{.name = name, .since = parts_.clock.wall()};
  const auto written = co_await parts_.store.suspend(std::move(suspension));
  if (!written) co_return written;
  suspensions_.add(name);
  parts_.log.warning("suspended", {{"site", name}, {"then", "no attempts until it is resumed"}});
  co_return Result<>();
}

Awaitable<Result<>> Dispatcher::resume(std::string name) {
  const auto written = co_await parts_.store.resume(name);
  if (!written) co_return written;
  if (!suspensions_.lift(name, look_at_clock())) {
    co_return Error{Fault::not_found, name + " is not suspended"};
  }
  parts_.log.info("resumed", {{"site", name}});
  if (outage_.is_released()) launcher_.backlog_is_released();  // the ramp begins at its foot
  cursor_.reset();
  news_.wake();
  co_return Result<>();
}

Awaitable<Result<>> Dispatcher::forget(std::string site) {
  const auto written = co_await parts_.store.forget_site(site);
  if (written) launcher_.forget(site);
  co_return written;
}

// What is due at once does not wait for the scan, which may have a backlog to walk through.
void Dispatcher::on_entries(const std::vector<DueEntry>& entries) {
  if (!knows_suspensions_) return;  // the scan will find them
  const auto now = look_at_clock();
  bool is_for_scan = false;
  for (const auto& entry : entries) {
    const auto& position = entry.position;
    if (position.due <= now) {
      open_lane(entry);
      continue;
    }
    const bool is_behind = cursor_ && position <= *cursor_;  // the clock was set back behind it
    if (is_behind) cursor_.reset();
    if (is_behind || position.due < next_scan_) is_for_scan = true;
  }
  if (is_for_scan) news_.wake();
}

// It fell due while it could not be tried.
bool Dispatcher::is_overdue(const DueEntry& entry) const {
  const auto lifted = suspensions_.lifted(entry.domain);
  return outage_.holds(entry) || (entry.is_retry && lifted && entry.position.due < *lifted);
}

Dispatcher::Kind Dispatcher::kind_of(const DueEntry& entry) const {
  if (is_overdue(entry) || launcher_.is_woken(entry.position.id)) return backlog;
  return entry.is_retry ? retries : first;
}

// A lane begins at the entry that opened it: before that lie deletion markers and the other kind.
bool Dispatcher::open_lane(const DueEntry& entry) {
  if (suspensions_.hold(entry.domain) || launcher_.is_taken(entry)) return false;
  const auto kind = kind_of(entry);
  const auto deadline = entry.pending_until.value_or(Instant::min());
  if (is_overdue(entry) && deadline > parts_.clock.wall()) urgent_.add(entry, deadline);
  auto& lanes = lanes_.at(kind);
  if (const auto found = lanes.find(entry.domain); found != lanes.end()) {
    auto& news = found->second.news;
    news = std::min(news.value_or(entry.position), entry.position);
    return false;
  }
  if (lanes.size() >= max_lanes) {
    come_back_to(entry.position);
    return false;
  }
  const Lane lane{.after = just_before(entry.position), .page_size = lane_page_size};
  lanes.emplace(entry.domain, lane);
  scanners_.spawn("lane of " + entry.domain, run_lane(kind, entry.domain));
  return true;
}

void Dispatcher::come_back_to(DuePosition position) {
  if (!passed_over_ || position < *passed_over_) passed_over_ = position;
}

Awaitable<> Dispatcher::learn_suspensions() {
  for (;;) {
    const auto known = co_await parts_.store.suspensions();
    if (known) {
      for (const auto& one : *known)
        suspensions_.add(one.name);
      break;
    }
    parts_.log.error("store_failed", {{"why", known.error().what}, {"then", "reading again"}});
    co_await parts_.clock.sleep(store_retry_wait);
  }
  knows_suspensions_ = true;
}

Awaitable<> Dispatcher::scan() {
  co_await learn_suspensions();
  for (;;) {
    next_scan_ = Instant::max();  // whatever comes while it reads may be news
    go_back_for_passed_over();
    bool has_seen_all = false;
    while (has_lanes_for_scan() && !has_seen_all) {
      has_seen_all = !co_await scan_page();
    }
    if (has_seen_all) end_backlog_if_released();
    auto wait = longest_sleep;
    if (has_lanes_for_scan()) wait = co_await time_to_next_due();
    next_scan_ = parts_.clock.wall() + wait;
    if (wait > Duration::zero()) co_await news_.wait_at_most(&parts_.clock, wait);
  }
}

// The scan runs ahead of the ramp: a backlog that finds no lane is passed over and fetched later.
bool Dispatcher::has_lanes_for_scan() const {
  return !outage_.is_on() && lanes_[first].size() < max_lanes && lanes_[retries].size() < max_lanes;
}

void Dispatcher::go_back_for_passed_over() {
  const bool have_drained = std::all_of(lanes_.begin(), lanes_.end(), [](const Lanes& lanes) {
    return lanes.size() <= max_lanes / 2;
  });
  if (!passed_over_ || !have_drained) return;
  if (cursor_) cursor_ = std::min(*cursor_, just_before(*passed_over_));
  passed_over_.reset();
}

Awaitable<bool> Dispatcher::scan_page() {
  const auto now = look_at_clock();
  if (cursor_ && cursor_->due > now) cursor_.reset();  // the clock was set back
  const auto after = cursor_;
  const auto limit = page_size_;
  const auto page = co_await parts_.store.due(after, now, limit);
  if (!page) {
    parts_.log.error("store_failed", {{"why", page.error().what}, {"then", "scanning again"}});
    co_await parts_.clock.sleep(store_retry_wait);
    co_return true;
  }
  if (cursor_ != after) co_return true;  // sent back meanwhile
  bool opened = false;
  for (const auto& entry : *page) {
    cursor_ = entry.position;
    if (open_lane(entry)) opened = true;
  }
  page_size_ = opened ? scan_page_size : largest_scan_page;
  co_return page->size() == limit;
}

// The scan has seen everything. Once no lane of the backlog is left either, the outage is history.
void Dispatcher::end_backlog_if_released() {
  const bool has_backlog = passed_over_ || !lanes_[backlog].empty() || !urgent_lanes_.empty();
  if (outage_.is_on() || outage_.is_released() || has_backlog) return;
  outage_.set_released();
  urgent_.clear();
  launcher_.backlog_is_released();
}

Awaitable<Duration> Dispatcher::time_to_next_due() {
  const auto next = co_await parts_.store.due(cursor_, Instant::max(), 1);
  if (!next || next->empty()) co_return longest_sleep;
  const auto wait = next->front().position.due - parts_.clock.wall();
  co_return std::clamp<Duration>(wait, Duration::zero(), longest_sleep);
}

Awaitable<> Dispatcher::run_lane(Kind kind, std::string domain) {
  auto* const lane = &lanes_.at(kind).at(domain);  // stays where it is; only we erase it
  while (co_await take_page(kind, domain, lane)) {
  }
  const bool were_full = lanes_.at(kind).size() >= max_lanes;
  lanes_.at(kind).erase(domain);
  // The scan has no use for any other.
  if (were_full || passed_over_ || !outage_.is_released()) news_.wake();
}

// After a wait the rest of a large page is given away and read again, in smaller ones.
Awaitable<bool> Dispatcher::take_page(Kind kind, std::string domain, Lane* lane) {
  if (lane->news) lane->after = std::min(lane->after, just_before(*lane->news));
  lane->news.reset();
  const auto after = lane->after;
  const auto limit = lane->page_size;
  const auto now = look_at_clock();
  const auto page = co_await parts_.store.due_in_domain(domain, after, now, limit);
  if (!page) {
    parts_.log.error("store_failed", {{"domain", domain}, {"why", page.error().what}});
    co_await parts_.clock.sleep(store_retry_wait);
    co_return true;
  }
  bool has_waited = false;
  for (const auto& entry : *page) {
    if (suspensions_.hold(domain)) co_return false;
    if (lane->news && *lane->news < entry.position) co_return true;  // this is not the next one
    lane->after = entry.position;
    if (kind_of(entry) != kind) continue;  // its own lane takes it
    // The backlog waits for its turn by due, so that it has to be read first.
    auto* const site = kind == backlog ? nullptr : &lane->site;
    const auto taken = co_await launcher_.take(entry, site);
    if (taken == Launcher::Taken::at_once) {
      co_await let_others_run();  // or one lane fills its site before others get a turn
      continue;
    }
    has_waited = true;
    lane->page_size = lane_page_size;
    if (taken == Launcher::Taken::store_failed) {
      lane->after = just_before(entry.position);
      co_await parts_.clock.sleep(store_retry_wait);
      co_return true;
    }
    if (page->size() > lane_page_size) co_return true;
  }
  if (!has_waited) lane->page_size = std::min(2 * limit, largest_lane_page);
  co_return page->size() == limit || lane->news.has_value();
}

Awaitable<> Dispatcher::watch_urgent_mail() {
  for (;;) {
    for (auto& domain : urgent_.pressing_domains(parts_.clock.wall())) {
      if (!urgent_lanes_.insert(domain).second) continue;
      scanners_.spawn("urgent lane of " + domain, run_urgent_lane(domain));
    }
    co_await parts_.clock.sleep(watch_interval);
  }
}

Awaitable<> Dispatcher::run_urgent_lane(std::string domain) {
  while (const auto entry = urgent_.first_pressing(domain, parts_.clock.wall())) {
    const auto taken = co_await launcher_.take(*entry, nullptr);
    if (taken == Launcher::Taken::store_failed) {
      co_await parts_.clock.sleep(store_retry_wait);
    } else {
      urgent_.remove(*entry);
    }
  }
  urgent_lanes_.erase(domain);
  news_.wake();
}

// The store finds out by itself when there is room again.
Awaitable<> Dispatcher::watch_room() {
  for (;;) {
    const auto now = look_at_clock();
    if (launcher_.can_record() && outage_.is_on()) {
      outage_.end(now);
      cursor_.reset();  // what was normal before the outage may have become backlog with it
      launcher_.resume();
      news_.wake();
    }
    co_await parts_.clock.sleep(outage_.is_on() ? room_interval : watch_interval);
  }
}

// Expired mail is found by its own index, whatever its site or its due do.
Awaitable<> Dispatcher::watch_expiry() {
  for (;;) {
    if (knows_suspensions_ && !outage_.is_on()) co_await look_for_expired();
    co_await parts_.clock.sleep(longest_sleep);
  }
}

Awaitable<> Dispatcher::look_for_expired() {
  const auto until = look_at_clock() - expiry_grace;
  std::optional<DuePosition> after;
  for (;;) {
    const auto page = co_await parts_.store.expired(after, until, expiry_page_size);
    if (!page) {
      parts_.log.error("store_failed", {{"why", page.error().what}, {"then", "later again"}});
      co_return;
    }
    for (const auto& entry : *page) {
      after = entry.position;
      if (suspensions_.hold(entry.domain)) continue;
      const auto expired = co_await launcher_.expire(entry);
      if (expired == Launcher::Expired::gets_last_attempt) {
        urgent_.add(entry, parts_.clock.wall() + pressing_within);
      }
    }
    if (page->size() < expiry_page_size) co_return;
  }
}

}  // namespace greyhound::scheduler
