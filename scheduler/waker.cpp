#include "scheduler/waker.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace greyhound::scheduler {

using queue::DeliveryId;
using queue::DueEntry;

namespace {

constexpr Duration soon = std::chrono::seconds(10);  // who is due by then needs no waking
constexpr std::size_t page_size = 500;
// So many may be on their way at a site: those behind them are left alone if one is refused.
constexpr std::size_t most_woken = 500;
constexpr Duration look_for_room_every = std::chrono::milliseconds(250);
constexpr std::size_t most_sites = 10'000;
constexpr std::size_t most_domains = 1'000;  // of a site
// A walk takes no more than a tenth of the time, and what passes meanwhile shares the next one.
constexpr Duration shortest_rest = std::chrono::seconds(1);
constexpr int rest_per_walk = 9;
constexpr Duration longest_wait_for_room = std::chrono::minutes(1);
// A greylister may forget what stands back; and nobody's own knowledge shall get too old.
constexpr Duration room_before_pending_ends = std::chrono::minutes(15);
constexpr Duration longest_without_attempt = std::chrono::hours(1);

}  // namespace

Waker::Waker(const Executor& home, const RetrySettings& retry, WakerParts parts)
    : retry_(retry), parts_(parts), gate_(retry.ramp.doubles_every), walks_(home) {}

std::optional<Instant> Waker::own_due(DeliveryId id) const {
  const auto found = woken_.find(id);
  if (found == woken_.end()) return std::nullopt;
  return found->second.own_due;
}

KeyTrust Waker::trust_in(const std::string& site, const queue::GreylistKeys& keys) const {
  return trust_to_pass(parts_.book.keying(site), keys, parts_.clock.wall());
}

// Not where an early try is punished, and only by a rule that lets us learn.
bool Waker::may_be_moved(const queue::Delivery& delivery) const {
  const auto rule = std::find_if(retry_.rules.begin(), retry_.rules.end(), [&](const auto& one) {
    return one.name == delivery.rule;
  });
  if (rule == retry_.rules.end() || !rule->adapt) return false;
  return !delivery.is_held && !delivery.is_in_doubt && !delivery.dot_sent &&
         !delivery.greylist.punishes_early;
}

std::optional<Waker::OtherDue> Waker::put_off(const queue::Delivery& delivery,
                                              const std::string& site) {
  if (!delivery.greylist.keys || !retry_.learning.is_enabled) return std::nullopt;
  const auto woken = woken_.find(delivery.id);
  if (woken == woken_.end()) {
    const auto until = stands_back(delivery, site);
    if (!until) return std::nullopt;
    return OtherDue{.due = *until, .by = queue::Mover::stood_back};
  }
  const auto own_due = woken->second.own_due;
  const bool still_holds = trust_in(site, *delivery.greylist.keys) != KeyTrust::none;
  if (still_holds || own_due <= parts_.clock.wall()) return std::nullopt;
  forget(delivery.id);
  return OtherDue{.due = own_due, .by = queue::Mover::nobody};
}

std::optional<Instant> Waker::stands_back(const queue::Delivery& delivery,
                                          const std::string& site) {
  if (!may_be_moved(delivery)) return std::nullopt;
  const auto now = parts_.clock.wall();
  const auto& keying = parts_.book.keying(site);
  const auto kind = shortest_trusted(keying, now);
  if (!kind || *kind == queue::KeyKind::triplet) return std::nullopt;
  if (!delivery.greylist.keys) return std::nullopt;
  const auto& keys = *delivery.greylist.keys;
  const auto passed = keying.passed_at(*kind, keys);
  if (passed && now - *passed < queue::passes_are_kept) return std::nullopt;
  const bool is_old = !delivery.attempted || now - *delivery.attempted > longest_without_attempt;
  const auto until_latest = std::min(
      delivery.expires, delivery.pending_until.value_or(Instant::max()) - room_before_pending_ends);
  if (is_old || now + delivery.wait >= until_latest) return std::nullopt;
  const ProbeGate::Key key{.site = site, .hash = keys[*kind]};
  const auto until = gate_.stands_back(key, delivery.wait, now);
  if (!until) probes_.insert_or_assign(delivery.id, key);
  return until;
}

void Waker::note_end(DeliveryId id,
                     const std::string& domain,
                     const std::optional<KeyContact>& contact) {
  if (const auto probe = probes_.extract(id)) {
    const bool was_refused = contact && !contact->lesson.has_passed;
    gate_.note_end(probe.mapped(), was_refused, parts_.clock.wall());
  }
  forget(id);
  if (!contact || !retry_.learning.is_enabled) return;
  const auto& lesson = contact->lesson;
  const bool was_greylisted = !lesson.has_passed || !lesson.is_early;
  if (was_greylisted) note_waiting(lesson.site, domain);
  const auto site = sites_.find(lesson.site);
  if (!lesson.has_passed || site == sites_.end()) return;
  if (!contact->is_news && !site->second.is_unfinished) return;
  site->second.has_news = true;
  if (std::exchange(site->second.is_walked, true)) return;
  walks_.spawn("waking at " + lesson.site, wake_at(lesson.site));
}

void Waker::note_waiting(const std::string& site, const std::string& domain) {
  if (sites_.size() >= most_sites && !sites_.contains(site)) return;
  auto& domains = sites_[site].domains;
  if (domains.size() < most_domains) domains.insert(domain);
}

void Waker::forget(DeliveryId id) {
  probes_.erase(id);
  const auto woken = woken_.extract(id);
  if (!woken) return;
  const auto site = sites_.find(woken.mapped().site);
  if (site == sites_.end()) return;
  --site->second.woken;
  if (woken.mapped().is_trial) site->second.has_trial = false;
}

Awaitable<> Waker::wake_at(std::string site) {
  auto& state = sites_.at(site);  // nobody else erases it while it is walked
  while (std::exchange(state.has_news, false)) {
    const auto began = parts_.clock.steady();
    state.is_unfinished = false;
    // Who comes to wait while this goes on is noted anew.
    const auto domains = std::exchange(state.domains, {});
    for (const auto& domain : domains) {
      const auto walk = co_await walk_domain(site, domain);
      if (walk != Walk::nobody_waits) state.domains.insert(domain);
      if (walk == Walk::cut_short) state.is_unfinished = true;
    }
    const auto took = parts_.clock.steady() - began;
    co_await parts_.clock.sleep(std::max<Duration>(shortest_rest, rest_per_walk * took));
  }
  state.is_walked = false;
  if (state.domains.empty() && state.woken == 0) sites_.erase(site);
}

Awaitable<Waker::Walk> Waker::walk_domain(std::string name, std::string domain) {
  queue::DuePosition after{parts_.clock.wall() + soon, {queue::MessageId(0), 0}};
  bool has_waiting = false;
  for (;;) {
    const auto page = co_await parts_.store.due_in_domain(domain, after, Instant::max(), page_size);
    if (!page) {
      parts_.log.error("store_failed", {{"domain", domain}, {"why", page.error().what}});
      co_return Walk::cut_short;
    }
    for (const auto& entry : *page) {
      after = entry.position;
      if (!entry.keys) continue;
      has_waiting = true;
      if (trust_in(name, *entry.keys) == KeyTrust::none) continue;
      auto considered = entry;
      const bool goes_on = co_await consider(name, std::move(considered));
      if (!goes_on) co_return Walk::cut_short;
    }
    if (page->size() < page_size) co_return has_waiting ? Walk::done : Walk::nobody_waits;
  }
}

Awaitable<bool> Waker::consider(std::string name, DueEntry entry) {
  if (!entry.keys) co_return true;
  const auto keys = *entry.keys;
  const bool has_room = co_await room_for_one_more(name);
  if (!has_room) co_return false;
  const auto trust = trust_in(name, keys);
  const bool is_trial = trust == KeyTrust::trial;
  const bool is_next_trial = is_trial && !sites_.at(name).has_trial;
  if (trust != KeyTrust::full && !is_next_trial) co_return true;
  auto loaded = co_await parts_.store.load(entry.position.id);
  if (!loaded) co_return true;  // whoever it is due for will see
  const auto& delivery = loaded->delivery;
  const bool is_same = delivery.greylist.keys == keys && delivery.due == entry.position.due;
  if (!is_same || !may_be_moved(delivery)) co_return true;
  auto sleeper = std::move(loaded->delivery);
  co_await wake(std::move(name), std::move(sleeper), is_trial);
  co_return true;
}

Awaitable<bool> Waker::room_for_one_more(std::string name) {
  const auto& site = sites_.at(name);
  const auto give_up = parts_.clock.steady() + longest_wait_for_room;
  while (site.woken >= most_woken) {
    if (parts_.clock.steady() >= give_up) co_return false;
    co_await parts_.clock.sleep(look_for_room_every);
  }
  co_return true;
}

Awaitable<> Waker::wake(std::string name, queue::Delivery delivery, bool is_trial) {
  const auto id = delivery.id;
  auto& site = sites_.at(name);
  ++site.woken;
  site.has_trial = site.has_trial || is_trial;
  woken_.insert_or_assign(id, Woken{.site = name, .own_due = delivery.due, .is_trial = is_trial});
  const auto moved = co_await parts_.store.reschedule(id, parts_.clock.wall(), queue::Mover::woken);
  if (!moved) {
    forget(id);
    co_return;
  }
  const auto* const why =
      is_trial ? "to try whether its key is enough" : "mail with its key got through";
  parts_.log.info("woken", {{"delivery", id.to_string()}, {"site", name}, {"why", why}});
}

Awaitable<> Waker::stop() {
  walks_.cancel();
  co_await walks_.join();
}

}  // namespace greyhound::scheduler
