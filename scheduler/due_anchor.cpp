#include "scheduler/due_anchor.hpp"

#include <optional>
#include <vector>

namespace greyhound::scheduler {

using queue::DeliveryId;
using queue::DuePosition;

namespace {

constexpr std::size_t page_size = 500;
constexpr Duration least = std::chrono::minutes(1);

// With all its instants, so that a greylister's clock is read as before.
queue::Delivery set_back(queue::Delivery delivery, Duration by) {
  delivery.due -= by;
  delivery.expires -= by;
  for (auto* at : {&delivery.attempted,
                   &delivery.greylist_anchor,
                   &delivery.pending_until,
                   &delivery.undeliverable_since})
    if (*at) **at -= by;
  if (delivery.greylist.stated) delivery.greylist.stated->since -= by;
  for (auto& recipient : delivery.recipients)
    if (recipient.last) recipient.last->at -= by;
  return delivery;
}

}  // namespace

Awaitable<> DueAnchor::bring_back(Instant now, Duration by) {
  std::optional<DuePosition> after = DuePosition{now, {queue::MessageId(0), 0}};
  std::size_t moved = 0;
  for (;;) {
    const auto page = co_await store_.due(after, Instant::max(), page_size);
    if (!page) {
      log_.error("store_failed", {{"why", page.error().what}, {"then", "dues stay as they are"}});
      co_return;
    }
    for (const auto& entry : *page) {
      after = entry.position;
      const auto id = entry.position.id;
      if (is_active_(id)) continue;
      const bool was_moved = co_await bring_back_one(id, now, by);
      if (was_moved) ++moved;
    }
    if (page->size() < page_size) break;
  }
  log_.info("dues_brought_back", {{"deliveries", moved}});
}

// What was written under the old time says so: it was accepted or tried in what is now the future.
Awaitable<bool> DueAnchor::bring_back_one(DeliveryId id, Instant now, Duration by) {
  const auto loaded = co_await store_.load(id);
  if (!loaded) co_return false;  // whoever comes to try it sees to that
  const auto& delivery = loaded->delivery;
  const auto written = delivery.attempted.value_or(loaded->message.arrived);
  if (written <= now) co_return false;
  queue::Settlement moved{.after = set_back(delivery, by)};
  const auto done = co_await store_.settle(std::move(moved));
  if (!done) log_.error("store_failed", {{"delivery", id.to_string()}, {"why", done.error().what}});
  co_return done.has_value();
}

Duration DueAnchor::set_back_before(queue::MessageId newest, Instant now) {
  const auto by = newest.made() - now;
  return by < least ? Duration::zero() : by;
}

}  // namespace greyhound::scheduler
