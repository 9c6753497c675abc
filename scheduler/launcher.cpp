#include "scheduler/launcher.hpp"

#include <algorithm>
#include <utility>

#include "runtime/must.hpp"
#include "scheduler/ramp.hpp"

namespace greyhound::scheduler {

using queue::DeliveryId;
using queue::DueEntry;

namespace {

// What was read is as good as new for so long. An operator who comes in between comes too late.
constexpr Duration fresh_for = std::chrono::milliseconds(10);
constexpr Duration last_chance = std::chrono::hours(1);  // of what expired while we could not send

// Domains whose suspended site is remembered: what is beyond may expire while its DNS fails.
constexpr std::size_t max_held_domains = 100'000;

// What could not be delivered is tried again only if an operator wants that.
bool may_be_tried(const queue::Delivery& delivery) {
  const bool is_kept =
      delivery.undeliverable_since && delivery.moved_by != queue::Mover::an_operator;
  return !delivery.is_held && !is_kept;
}

}  // namespace

Launcher::Launcher(const Executor& home,
                   const SchedulerSettings& settings,
                   SchedulerParts parts,
                   Outage& outage,
                   const Suspensions& suspensions,
                   MetAgain met_again)
    : site_rules_(settings.concurrency.sites),
      reply_rules_(settings.retry.reply_rules),
      parts_(parts),
      outage_(outage),
      suspensions_(suspensions),
      met_again_(std::move(met_again)),
      runner_(settings, parts),
      waker_(
          home,
          settings.retry,
          {.store = parts.store, .clock = parts.clock, .log = parts.log, .book = runner_.book()}),
      pacer_(home, settings.concurrency, settings.retry.ramp, parts.clock),
      ended_(home),
      attempts_(home) {}

// Whatever it waits for, the stored state is read again afterwards: an operator or the expiry may
// have been there.
Awaitable<Launcher::Taken> Launcher::take(DueEntry entry, std::string* site) {
  const auto id = entry.position.id;
  if (is_taken(entry)) co_return Taken::at_once;
  struct InHand {
    std::unordered_map<DeliveryId, Hand>& all;
    DeliveryId id;
    ~InHand() { all.erase(id); }
  } const in_hand{in_hand_, id};
  auto& hand = in_hand_[id];
  auto taken = Taken::at_once;
  std::optional<Pacer::Permit> permit;
  bool is_guess = site != nullptr && !site->empty();
  if (is_guess) {
    Claim likely{.site = *site,
                 .limits = mail::limits_of(site_rules_, entry.domain),
                 .deadline = entry.pending_until,
                 .due = entry.position.due,
                 .is_first = !entry.is_retry};
    hand = Hand::waits;
    auto granted = co_await pacer_.enter(std::move(likely));
    permit.emplace(std::move(granted));
    if (permit->had_to_wait()) taken = Taken::after_waiting;
  }
  for (;;) {
    hand = Hand::busy;
    auto loaded = co_await parts_.store.load(id);
    if (!loaded) co_return co_await put_aside(std::move(entry), loaded.error());
    const auto read = parts_.clock.steady();
    const auto& message = loaded->message;
    auto located =
        co_await parts_.courier.locate(entry.domain, message.reverse_path, message.tls_wish);
    if (parts_.clock.steady() - read > fresh_for) {
      loaded = co_await parts_.store.load(id);
      if (!loaded) co_return co_await put_aside(std::move(entry), loaded.error());
    }
    const auto& delivery = loaded->delivery;
    const bool is_due = delivery.due <= parts_.clock.wall() && may_be_tried(delivery);
    if (!is_due) waker_.forget(id);
    if (!is_due || active_.contains(id)) co_return taken;
    auto claim = claim_of(delivery, located);
    const bool is_suspended = suspensions_.hold(entry.domain, site_of(entry.domain, located));
    if (!delivery.dot_sent && is_suspended) co_return taken;
    const auto* const found = std::get_if<mail::Site>(&located);
    if (site != nullptr && found != nullptr) *site = found->key;
    const bool was_guess = std::exchange(is_guess, false);
    if (was_guess && claim.overdue_since) permit.reset();  // it has no turn on the ramp yet
    if (!permit || permit->site() != claim.site) {
      permit.reset();
      hand = Hand::waits;
      auto granted = co_await pacer_.enter(std::move(claim));
      permit.emplace(std::move(granted));
      hand = Hand::busy;
      if (permit->had_to_wait()) {
        taken = Taken::after_waiting;
        continue;
      }
    }
    if (!can_record()) {
      permit.reset();
      continue;
    }
    if (const auto later = found == nullptr ? std::nullopt : waker_.put_off(delivery, found->key)) {
      const auto put_off = co_await parts_.store.reschedule(id, later->due, later->by);
      co_return put_off ? taken : Taken::store_failed;
    }
    const Active active{.due = delivery.due};
    auto work = work_for(std::move(*loaded), std::move(located), std::move(*permit));
    start(id, active, std::move(work));
    co_return taken;
  }
}

bool Launcher::is_taken(const DueEntry& entry) {
  const auto found = active_.find(entry.position.id);
  if (found == active_.end()) return in_hand_.contains(entry.position.id);
  if (found->second.due != entry.position.due) found->second.met_again = entry;
  return true;
}

bool Launcher::is_busy(DeliveryId id) const {
  const auto found = in_hand_.find(id);
  return active_.contains(id) || (found != in_hand_.end() && found->second == Hand::busy);
}

// Settlements without a connection get room of their own, domain by domain: there may be as many as
// there is mail.
Claim Launcher::claim_of(const queue::Delivery& delivery, const mail::Located& located) const {
  const auto* const site = std::get_if<mail::Site>(&located);
  if (site == nullptr || delivery.dot_sent) {
    return {.site = "settlements of " + delivery.domain, .is_internal = true};
  }
  Claim claim{.site = site->key,
              .limits = mail::limits_of(site_rules_, delivery.domain),
              .deadline = delivery.pending_until,
              .due = delivery.due,
              .is_first = !delivery.attempted,
              .is_last = delivery.expires <= parts_.clock.wall()};
  if (site->is_route) return claim;
  if (!is_woken(delivery.id) && !is_backlog(delivery, site->key)) return claim;
  claim.overdue_since = delivery.due;
  claim.due = std::max(delivery.due, able_since(delivery.domain, site->key));
  if (claim.is_last) claim.deadline = able_since(delivery.domain, site->key) + pressing_within;
  return claim;
}

bool Launcher::is_backlog(const queue::Delivery& delivery, const std::string& site) const {
  const auto entry = due_entry_of(delivery);
  const auto lifted = suspensions_.lifted(delivery.domain, site);
  return outage_.holds(entry) || (entry.is_retry && lifted && delivery.due < *lifted);
}

Instant Launcher::able_since(const std::string& domain, const std::string& site) const {
  return std::max(outage_.able_since(), suspensions_.lifted(domain, site).value_or(Instant::min()));
}

// Of mail that is not about to go, which costs a question; empty: it makes no difference.
Awaitable<std::string> Launcher::site_if_it_matters(queue::LoadedDelivery loaded) {
  if (!suspensions_.have_been()) co_return std::string();
  const auto& [message, delivery] = loaded;
  const auto located =
      co_await parts_.courier.locate(delivery.domain, message.reverse_path, message.tls_wish);
  co_return site_of(delivery.domain, located);
}

// Mail of a suspended site stays so while nobody can say where its domain's mail goes.
std::string Launcher::site_of(const std::string& domain, const mail::Located& located) {
  if (const auto* const site = std::get_if<mail::Site>(&located)) {
    const bool is_held = suspensions_.hold("", site->key);
    if (is_held && held_at_.size() < max_held_domains) held_at_[domain] = site->key;
    return site->key;
  }
  const auto known = held_at_.find(domain);
  return known == held_at_.end() ? std::string() : known->second;
}

// A damaged record goes into quarantine; an entry without a delivery goes, or it would be found for
// ever. That it was settled a moment ago looks the same and needs the same.
Awaitable<Launcher::Taken> Launcher::put_aside(DueEntry entry, Error error) {
  const auto id = entry.position.id;
  const LogField delivery{"delivery", id.to_string()};
  if (error.fault != Fault::corrupt && error.fault != Fault::not_found) {
    parts_.log.error("store_failed", {delivery, {"why", error.what}});
    co_return Taken::store_failed;
  }
  if (active_.contains(id)) co_return Taken::at_once;
  waker_.forget(id);
  const auto done = co_await parts_.store.quarantine(std::move(entry), error.what);
  if (!done) {
    parts_.log.error("store_failed", {delivery, {"why", done.error().what}});
  } else if (error.fault == Fault::corrupt) {
    parts_.log.error("quarantined", {delivery, {"why", error.what}});
  }
  co_return Taken::at_once;
}

Awaitable<> Launcher::work_for(queue::LoadedDelivery loaded,
                               mail::Located located,
                               Pacer::Permit permit) {
  if (loaded.delivery.dot_sent) {
    return settle(runner_.settle_lost_attempt(std::move(loaded)), std::move(permit));
  }
  if (auto* const nowhere = std::get_if<mail::NoSite>(&located)) {
    auto settlement = runner_.settle_without_site(std::move(loaded), std::move(*nowhere));
    return settle(std::move(settlement), std::move(permit));
  }
  auto site = std::get<mail::Site>(std::move(located));
  return attempt(std::move(loaded), std::move(site), std::move(permit));
}

Awaitable<> Launcher::attempt(queue::LoadedDelivery loaded, mail::Site site, Pacer::Permit permit) {
  const auto key = site.key;
  auto attempted = co_await runner_.attempt(std::move(loaded), std::move(site));
  pacer_.note_end(key, got_anywhere(attempted.made.report));
  const auto answer = answer_of(attempted.made.report, *reply_rules_);
  log_change(key, permit.attempt_is_made(answer, attempted.loaded.delivery.id));
  attempted.made.own_due = waker_.own_due(attempted.loaded.delivery.id);
  const auto id = attempted.loaded.delivery.id;
  const auto domain = attempted.loaded.delivery.domain;
  const auto contact = co_await runner_.record(std::move(attempted));
  waker_.note_end(id, domain, contact);
}

void Launcher::log_change(const std::string& site, SiteHealth::Change change) {
  if (change == SiteHealth::Change::died) {
    parts_.log.warning("site_dead",
                       {{"site", site}, {"then", "one message at a time asks whether it is back"}});
  } else if (change == SiteHealth::Change::revived) {
    parts_.log.info("site_alive", {{"site", site}});
  }
}

Awaitable<> Launcher::settle(Awaitable<> settlement, [[maybe_unused]] Pacer::Permit permit) {
  co_await std::move(settlement);
}

void Launcher::start(DeliveryId id, Active active, Awaitable<> work) {
  active_.insert_or_assign(id, std::move(active));
  attempts_.spawn("attempt " + id.to_string(), run(id, std::move(work)));
}

Awaitable<> Launcher::run(DeliveryId id, Awaitable<> work) {
  struct Ending {  // however the work ends
    Launcher& launcher;
    DeliveryId id;
    ~Ending() { launcher.end(id); }
  } const ending{*this, id};
  co_await std::move(work);
}

void Launcher::end(DeliveryId id) {
  const auto found = active_.find(id);
  MUST(found != active_.end());
  const auto met_again = std::move(found->second.met_again);
  active_.erase(found);
  waker_.forget(id);
  if (met_again) met_again_(*met_again);
  ended_.wake();
}

Awaitable<Launcher::Expired> Launcher::expire(DueEntry entry) {
  const auto id = entry.position.id;
  Claim claim{.site = "expired mail", .is_internal = true};
  auto permit = co_await pacer_.enter(std::move(claim));
  if (is_busy(id)) co_return Expired::seen_to;
  auto loaded = co_await parts_.store.load(id);
  if (!loaded) {
    (void)co_await put_aside(std::move(entry), loaded.error());
    co_return Expired::seen_to;
  }
  auto asked = *loaded;
  const auto site = co_await site_if_it_matters(std::move(asked));
  const auto now = parts_.clock.wall();
  const auto& delivery = loaded->delivery;
  const bool is_over = delivery.expires <= now && !delivery.is_held;
  const bool is_suspended = suspensions_.hold(delivery.domain, site);
  if (!is_over || is_suspended || is_busy(id) || !can_record()) co_return Expired::seen_to;
  const auto able = able_since(delivery.domain, site);
  const bool was_tried = delivery.attempted && *delivery.attempted >= able;
  const bool is_owed = delivery.due <= now && now < delivery.expires + last_chance;
  const bool was_away = !was_tried && now < able + last_chance;
  const bool is_kept = delivery.undeliverable_since.has_value();
  if (!is_kept && (is_owed || was_away)) co_return Expired::gets_last_attempt;
  auto settlement = runner_.settle_expired(std::move(*loaded));
  start(id, Active{}, settle(std::move(settlement), std::move(permit)));
  co_return Expired::seen_to;
}

bool Launcher::can_record() {
  if (parts_.store.room() != queue::Room::none) return true;
  if (outage_.is_on()) return false;
  outage_.begin(parts_.clock.wall());
  pacer_.pause();
  parts_.log.warning("sending_paused", {{"why", "the disk has no room to record what was sent"}});
  return false;
}

void Launcher::resume() {
  pacer_.resume();
  parts_.log.info("sending_resumed");
}

void Launcher::forget(const std::string& site) {
  runner_.forget(site);
  pacer_.forget(site);
}

Awaitable<> Launcher::stop(Duration grace) {
  co_await waker_.stop();
  const auto give_up = parts_.clock.steady() + grace;
  while (attempts_.size() > 0 && parts_.clock.steady() < give_up) {
    co_await ended_.wait_at_most(&parts_.clock, give_up - parts_.clock.steady());
  }
  attempts_.cancel();
  co_await attempts_.join();
}

}  // namespace greyhound::scheduler
