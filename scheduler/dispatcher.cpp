#include "scheduler/dispatcher.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "runtime/must.hpp"

namespace greyhound::scheduler {

using queue::DueEntry;

namespace {

constexpr std::size_t scan_page_size = 500;
constexpr std::size_t lane_page_size = 50;
constexpr std::size_t max_lanes = 20'000;  // beyond it the scan waits until lanes have drained
constexpr std::size_t expiry_page_size = 200;
constexpr Duration longest_sleep = std::chrono::seconds(60);  // so that a stepped clock is noticed
constexpr Duration store_retry_wait = std::chrono::seconds(1);
constexpr Duration expiry_grace =
    std::chrono::seconds(60);                            // the last attempt is due at the expiry
constexpr Duration last_chance = std::chrono::hours(1);  // after a start, for what expired before

}  // namespace

Dispatcher::Dispatcher(const Executor& home, SchedulerSettings settings, SchedulerParts parts)
    : settings_(std::move(settings)),
      parts_(parts),
      runner_(settings_, parts),
      pacer_(settings_.concurrency),
      started_(parts.clock.wall()),
      news_(home),
      scanners_(home),
      attempts_(home),
      self_(std::make_shared<Dispatcher*>(this)) {}

void Dispatcher::start() {
  const auto home = scanners_.loop();
  parts_.store.on_due_entries([home, weak = std::weak_ptr(self_)](std::vector<DueEntry> entries) {
    boost::asio::post(home, [weak, entries = std::move(entries)] {
      if (const auto self = weak.lock()) (*self)->on_entries(entries);
    });
  });
  scanners_.spawn("scan of due mail", scan());
  scanners_.spawn("watch over expiry", watch_expiry());
}

Awaitable<> Dispatcher::stop(Duration grace) {
  scanners_.cancel();
  co_await scanners_.join();
  const auto give_up = parts_.clock.steady() + grace;
  while (attempts_.size() > 0 && parts_.clock.steady() < give_up) {
    co_await news_.wait_at_most(&parts_.clock, give_up - parts_.clock.steady());
  }
  attempts_.cancel();
  co_await attempts_.join();
}

// New entries that the scan has passed already go to their lanes; it will come to the others.
void Dispatcher::on_entries(const std::vector<DueEntry>& entries) {
  const auto now = parts_.clock.wall();
  for (const auto& entry : entries) {
    if (!cursor_ || entry.position > *cursor_) continue;
    if (entry.position.due <= now) {
      open_lane(entry);
    } else {
      cursor_.reset();  // the clock was set back behind it
    }
  }
  news_.wake();
}

void Dispatcher::open_lane(const DueEntry& entry) {
  const auto [found, is_new] = lanes_.try_emplace(entry.domain);
  auto& lane = found->second;
  lane.has_more = true;
  if (lane.after && entry.position <= *lane.after) lane.after.reset();
  if (is_new) scanners_.spawn("lane of " + entry.domain, run_lane(entry.domain));
}

Awaitable<> Dispatcher::scan() {
  for (;;) {
    while (lanes_.size() < max_lanes && co_await scan_page()) {
    }
    const auto wait = lanes_.size() < max_lanes ? co_await time_to_next_due() : longest_sleep;
    if (wait > Duration::zero()) co_await news_.wait_at_most(&parts_.clock, wait);
  }
}

Awaitable<bool> Dispatcher::scan_page() {
  const auto now = parts_.clock.wall();
  if (cursor_ && cursor_->due > now) cursor_.reset();  // the clock was set back
  const auto page = co_await parts_.store.due(cursor_, now, scan_page_size);
  if (!page) {
    parts_.log.error("store_failed", {{"why", page.error().what}, {"then", "scanning again"}});
    co_await parts_.clock.sleep(store_retry_wait);
    co_return true;
  }
  for (const auto& entry : *page) {
    cursor_ = entry.position;
    if (!active_.contains(entry.position.id)) open_lane(entry);
  }
  co_return page->size() == scan_page_size;
}

Awaitable<Duration> Dispatcher::time_to_next_due() {
  const auto next = co_await parts_.store.due(cursor_, Instant::max(), 1);
  if (!next || next->empty()) co_return longest_sleep;
  const auto wait = next->front().position.due - parts_.clock.wall();
  co_return std::clamp<Duration>(wait, Duration::zero(), longest_sleep);
}

Awaitable<> Dispatcher::run_lane(std::string domain) {
  for (;;) {
    auto& lane = lanes_.at(domain);  // references into the map stay valid; only we erase this one
    lane.has_more = false;
    auto after = lane.after;
    const auto now = parts_.clock.wall();
    const auto page = co_await parts_.store.due_in_domain(domain, after, now, lane_page_size);
    if (!page) {
      parts_.log.error("store_failed", {{"domain", domain}, {"why", page.error().what}});
      lane.has_more = true;
      co_await parts_.clock.sleep(store_retry_wait);
      continue;
    }
    for (const auto& entry : *page) {
      lane.after = entry.position;
      if (co_await take(entry) == Taken::store_failed) {
        lane.after.reset();  // what is active is passed over, the rest is read again
        lane.has_more = true;
        co_await parts_.clock.sleep(store_retry_wait);
        break;
      }
    }
    if (page->size() == lane_page_size || lane.has_more) continue;
    lanes_.erase(domain);
    news_.wake();
    co_return;
  }
}

// Starts the attempt of one due delivery, once there is room for it. Whatever it waits for, the
// stored
// state is read again afterwards: an operator or the expiry may have been there.
Awaitable<Dispatcher::Taken> Dispatcher::take(DueEntry entry) {
  const auto id = entry.position.id;
  for (;;) {
    auto loaded = co_await parts_.store.load(id);
    if (!loaded) co_return after_failed_load(id, loaded.error());
    auto located = co_await parts_.courier.locate(entry.domain, loaded->message.reverse_path);
    if (active_.contains(id)) co_return Taken::done;
    if (loaded->delivery.due > parts_.clock.wall()) co_return Taken::done;  // moved meanwhile
    if (loaded->delivery.dot_sent) {
      start_settlement(id, runner_.settle_lost_attempt(std::move(*loaded)));
      co_return Taken::done;
    }
    if (auto* nowhere = std::get_if<mail::NoSite>(&located)) {
      start_settlement(id, runner_.settle_without_site(std::move(*loaded), std::move(*nowhere)));
      co_return Taken::done;
    }
    auto site = std::get<mail::Site>(std::move(located));
    if (pacer_.has_room() && pacer_.has_room_at(site.key)) {
      start_attempt(std::move(*loaded), std::move(site));
      co_return Taken::done;
    }
    co_await wait_for_room(std::move(site.key));
  }
}

Dispatcher::Taken Dispatcher::after_failed_load(queue::DeliveryId id, const Error& error) {
  if (error.fault == Fault::not_found) return Taken::done;  // deleted or settled meanwhile
  parts_.log.error("unreadable", {{"delivery", id.to_string()}, {"why", error.what}});
  return error.fault == Fault::corrupt ? Taken::done : Taken::store_failed;
}

Awaitable<> Dispatcher::wait_for_room(std::string site) {
  WakeSignal room(scanners_.loop());
  const bool is_site_full = !pacer_.has_room_at(site);
  (is_site_full ? waiting_at_[site] : waiting_for_any_).push_back(&room);
  struct Leave {  // also when cancelled
    Dispatcher& owner;
    const std::string& site;
    WakeSignal* self;
    ~Leave() { owner.forget_waiter(site, self); }
  } leave{*this, site, &room};
  co_await room.wait();
  // Room that this lane cannot use, as its site filled up meanwhile, is somebody else's.
  if (pacer_.has_room() && !pacer_.has_room_at(site)) wake_first(waiting_for_any_);
}

void Dispatcher::forget_waiter(const std::string& site, WakeSignal* waiter) {
  std::erase(waiting_for_any_, waiter);
  const auto found = waiting_at_.find(site);
  if (found == waiting_at_.end()) return;
  std::erase(found->second, waiter);
  if (found->second.empty()) waiting_at_.erase(found);
}

void Dispatcher::wake_first(std::deque<WakeSignal*>& waiting) {
  if (waiting.empty()) return;
  waiting.front()->wake();
  waiting.pop_front();
}

void Dispatcher::release(const std::string& site) {
  pacer_.release(site);
  if (const auto found = waiting_at_.find(site); found != waiting_at_.end()) {
    wake_first(found->second);
  }
  wake_first(waiting_for_any_);
  news_.wake();
}

void Dispatcher::start_attempt(queue::LoadedDelivery loaded, mail::Site site) {
  pacer_.take(site.key);
  active_.insert(loaded.delivery.id);
  const auto name = "attempt " + loaded.delivery.id.to_string();
  attempts_.spawn(name, attempt(std::move(loaded), std::move(site)));
}

Awaitable<> Dispatcher::attempt(queue::LoadedDelivery loaded, mail::Site site) {
  struct Slot {  // given back however the attempt ends
    Dispatcher& owner;
    queue::DeliveryId id;
    std::string site;
    ~Slot() {
      owner.active_.erase(id);
      owner.release(site);
    }
  } slot{*this, loaded.delivery.id, site.key};
  co_await runner_.attempt(std::move(loaded), std::move(site));
}

void Dispatcher::start_settlement(queue::DeliveryId id, Awaitable<> work) {
  active_.insert(id);
  attempts_.spawn("settlement of " + id.to_string(), run_settlement(id, std::move(work)));
}

Awaitable<> Dispatcher::run_settlement(queue::DeliveryId id, Awaitable<> work) {
  struct Leave {
    Dispatcher& owner;
    queue::DeliveryId id;
    ~Leave() {
      owner.active_.erase(id);
      owner.news_.wake();
    }
  } leave{*this, id};
  co_await std::move(work);
}

// Expired mail is found by its own index, whatever its site or its due do.
Awaitable<> Dispatcher::watch_expiry() {
  for (;;) {
    const auto until = parts_.clock.wall() - expiry_grace;
    const auto page = co_await parts_.store.expired(until, expiry_page_size);
    if (page) {
      for (const auto& entry : *page)
        co_await settle_if_expired(entry);
    }
    co_await parts_.clock.sleep(longest_sleep);
  }
}

Awaitable<> Dispatcher::settle_if_expired(DueEntry entry) {
  if (active_.contains(entry.position.id)) co_return;
  auto loaded = co_await parts_.store.load(entry.position.id);
  if (!loaded || active_.contains(entry.position.id)) co_return;
  const auto now = parts_.clock.wall();
  // What expired while we could not send gets one more attempt: it is due, its lane will come to
  // it.
  const auto& attempted = loaded->delivery.attempted;
  const bool was_tried = attempted && *attempted >= started_;
  if (!was_tried && now < started_ + last_chance) co_return;
  start_settlement(entry.position.id, runner_.settle_expired(std::move(*loaded)));
}

}  // namespace greyhound::scheduler
