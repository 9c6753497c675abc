#include "world/memory_store.hpp"

#include <algorithm>

namespace greyhound::world {
namespace {

using queue::Delivery;
using queue::DeliveryId;
using queue::DueEntry;
using queue::DuePosition;
using queue::LoadedDelivery;
using queue::LoadedMessage;
using queue::Message;
using queue::MessageId;

Error injected(Fault fault) {
  return {fault, "injected: " + std::string(to_string(fault))};
}

Error no_such(const std::string& what) {
  return {Fault::not_found, "no " + what};
}

DuePosition due_of(const Delivery& delivery) {
  return {delivery.due, delivery.id};
}

DuePosition expiry_of(const Delivery& delivery) {
  return {delivery.expires, delivery.id};
}

// What follows from the deliveries and the body is counted here, as on disk.
void complete(queue::NewMessage& next) {
  next.message.deliveries = static_cast<std::uint16_t>(next.deliveries.size());
  next.message.open_deliveries = next.message.deliveries;
  if (next.body.empty()) return;
  next.message.chunks = static_cast<std::uint32_t>(next.body.size());
  next.message.size_bytes = 0;
  for (const auto& chunk : next.body)
    next.message.size_bytes += chunk.size();
}

}  // namespace

MessageId MemoryStore::new_id() {
  const std::lock_guard lock(mutex_);
  auto id = MessageId::first_at(clock_.wall());
  if (last_id_ && id <= *last_id_) id = last_id_->next();
  last_id_ = id;
  return id;
}

Awaitable<Result<>> MemoryStore::add_chunk(MessageId id, std::uint32_t number, std::string bytes) {
  const std::lock_guard lock(mutex_);
  if (faults_.add_chunk) co_return injected(*faults_.add_chunk);
  chunks_[{id, number}] = std::move(bytes);
  co_return Result<>{};
}

Awaitable<Result<>> MemoryStore::discard_chunks(MessageId id, std::uint32_t count) {
  const std::lock_guard lock(mutex_);
  for (std::uint32_t number = 0; number < count; ++number)
    chunks_.erase({id, number});
  co_return Result<>{};
}

Awaitable<Result<>> MemoryStore::accept(queue::NewMessage message) {
  std::vector<DueEntry> entries;
  {
    const std::lock_guard lock(mutex_);
    if (faults_.accept) co_return injected(*faults_.accept);
    entries = put(std::move(message));
  }
  tell(std::move(entries));
  co_return Result<>{};
}

std::vector<DueEntry> MemoryStore::put(queue::NewMessage message) {
  std::vector<DueEntry> entries;
  const auto id = message.message.id;
  complete(message);
  std::uint32_t number = 0;
  for (auto& chunk : message.body)
    chunks_[{id, number++}] = std::move(chunk);
  messages_.insert_or_assign(id, std::move(message.message));
  for (const auto& delivery : message.deliveries) {
    put_delivery(delivery);
    if (!delivery.is_held) entries.push_back(due_entry_of(delivery));
  }
  return entries;
}

// Held mail is neither due nor does it expire.
void MemoryStore::put_delivery(const Delivery& delivery) {
  deliveries_.insert_or_assign(delivery.id, delivery);
  if (delivery.is_held) return;
  due_.insert_or_assign(due_of(delivery), due_entry_of(delivery));
  expiry_.insert_or_assign(expiry_of(delivery), expiry_entry_of(delivery));
}

void MemoryStore::drop_delivery(const Delivery& delivery) {
  due_.erase(due_of(delivery));
  expiry_.erase(expiry_of(delivery));
  deliveries_.erase(DeliveryId(delivery.id));  // a copy: `delivery` may be the element itself
}

void MemoryStore::drop_message(MessageId id) {
  messages_.erase(id);
  std::erase_if(chunks_, [id](const auto& entry) { return entry.first.first == id; });
}

Result<std::vector<DueEntry>> MemoryStore::scan(const std::string& domain,
                                                std::optional<DuePosition> after,
                                                Instant until,
                                                std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  if (faults_.read) return injected(*faults_.read);
  std::vector<DueEntry> found;
  auto at = after ? due_.upper_bound(*after) : due_.begin();
  for (; at != due_.end() && at->first.due <= until && found.size() < limit; ++at) {
    if (domain.empty() || at->second.domain == domain) found.push_back(at->second);
  }
  return found;
}

Awaitable<Result<std::vector<DueEntry>>> MemoryStore::due(std::optional<DuePosition> after,
                                                          Instant until,
                                                          std::size_t limit) {
  co_return scan("", after, until, limit);
}

Awaitable<Result<std::vector<DueEntry>>> MemoryStore::due_in_domain(
    std::string domain, std::optional<DuePosition> after, Instant until, std::size_t limit) {
  co_return scan(domain, after, until, limit);
}

Awaitable<Result<std::vector<DueEntry>>> MemoryStore::expired(std::optional<DuePosition> after,
                                                              Instant until,
                                                              std::size_t limit) {
  const std::lock_guard lock(mutex_);
  if (faults_.read) co_return injected(*faults_.read);
  std::vector<DueEntry> found;
  auto at = after ? expiry_.upper_bound(*after) : expiry_.begin();
  for (; at != expiry_.end() && at->first.due <= until && found.size() < limit; ++at) {
    found.push_back(at->second);
  }
  co_return found;
}

Result<LoadedDelivery> MemoryStore::load_now(DeliveryId id) const {
  if (faults_.read) return injected(*faults_.read);
  const auto message = messages_.find(id.message);
  const auto delivery = deliveries_.find(id);
  if (message == messages_.end() || delivery == deliveries_.end()) {
    return no_such("delivery " + id.to_string());
  }
  return LoadedDelivery{message->second, delivery->second};
}

Awaitable<Result<LoadedDelivery>> MemoryStore::load(DeliveryId id) {
  const std::lock_guard lock(mutex_);
  co_return load_now(id);
}

LoadedMessage MemoryStore::with_deliveries(const Message& message) const {
  LoadedMessage loaded{message, {}};
  auto at = deliveries_.lower_bound({message.id, 0});
  for (; at != deliveries_.end() && at->first.message == message.id; ++at) {
    loaded.deliveries.push_back(at->second);
  }
  return loaded;
}

Awaitable<Result<LoadedMessage>> MemoryStore::load_message(MessageId id) {
  const std::lock_guard lock(mutex_);
  if (faults_.read) co_return injected(*faults_.read);
  const auto message = messages_.find(id);
  if (message == messages_.end()) co_return no_such("message " + id.to_string());
  co_return with_deliveries(message->second);
}

Awaitable<Result<std::string>> MemoryStore::chunk(MessageId id, std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  if (faults_.read) co_return injected(*faults_.read);
  const auto found = chunks_.find({id, number});
  if (found == chunks_.end()) {
    co_return no_such("chunk " + std::to_string(number) + " of " + id.to_string());
  }
  co_return found->second;
}

Awaitable<Result<>> MemoryStore::mark_dot_sent(queue::DotMark mark) {
  const std::lock_guard lock(mutex_);
  if (faults_.mark_dot_sent) co_return injected(*faults_.mark_dot_sent);
  const auto delivery = deliveries_.find(mark.id);
  if (delivery == deliveries_.end()) co_return no_such("delivery " + mark.id.to_string());
  queue::add_dot_sent(delivery->second, mark.sent);
  co_return Result<>{};
}

Awaitable<Result<queue::Settled>> MemoryStore::settle(queue::Settlement settlement) {
  co_return settle_now(std::move(settlement));
}

Result<queue::Settled> MemoryStore::settle_now(queue::Settlement settlement) {
  queue::Settled settled;
  std::vector<DueEntry> entries;
  const auto note = [&entries](std::vector<DueEntry> more) {
    entries.insert(entries.end(), more.begin(), more.end());
  };
  {
    const std::lock_guard lock(mutex_);
    if (faults_.settle) return injected(*faults_.settle);
    const Delivery& after = settlement.after;
    const auto stored = deliveries_.find(after.id);
    const auto message = messages_.find(after.id.message);
    if (stored == deliveries_.end() || message == messages_.end()) {
      return no_such("delivery " + after.id.to_string());
    }
    if (const auto& line = settlement.ledger) ledger_.insert_or_assign(line->position, *line);
    if (const auto& lesson = settlement.learned) {
      auto& facts = sites_.try_emplace(lesson->site, queue::SiteFacts{lesson->site}).first->second;
      facts = with_lesson(facts, *lesson);
    }
    if (const auto& lesson = settlement.key_lesson) {
      auto& facts = sites_.try_emplace(lesson->site, queue::SiteFacts{lesson->site}).first->second;
      facts = with_lesson(facts, *lesson);
    }
    drop_delivery(stored->second);
    auto& notice = settlement.delay_notice;
    if (notice && !message->second.delay_notice_at) {
      message->second.delay_notice_at = notice->message.arrived;
      settled.wrote_delay_notice = true;
      note(put(std::move(*notice)));
    }
    for (auto& other : settlement.notices)
      note(put(std::move(other)));
    if (after.has_open_recipients()) {
      put_delivery(after);
      if (!after.is_held) entries.push_back(due_entry_of(after));
    } else if (--message->second.open_deliveries == 0) {
      drop_message(after.id.message);
      settled.closed_message = true;
    }
  }
  tell(std::move(entries));
  return settled;
}

Awaitable<Result<>> MemoryStore::reschedule(DeliveryId id, Instant due, queue::Mover by) {
  std::vector<DueEntry> entries;
  {
    const std::lock_guard lock(mutex_);
    const auto stored = deliveries_.find(id);
    if (stored == deliveries_.end()) co_return no_such("delivery " + id.to_string());
    Delivery moved = stored->second;
    drop_delivery(stored->second);
    moved.due = due;
    moved.moved_by = by;
    put_delivery(moved);
    if (!moved.is_held) entries.push_back(due_entry_of(moved));
  }
  tell(std::move(entries));
  co_return Result<>{};
}

Awaitable<Result<queue::ListPage>> MemoryStore::list(std::optional<DeliveryId> after,
                                                     std::size_t limit) {
  const std::lock_guard lock(mutex_);
  if (faults_.read) co_return injected(*faults_.read);
  queue::ListPage page;
  auto at = after ? deliveries_.upper_bound(*after) : deliveries_.begin();
  for (; at != deliveries_.end() && page.deliveries.size() < limit; ++at) {
    page.deliveries.push_back({messages_.at(at->first.message), at->second});
  }
  if (at != deliveries_.end() && !page.deliveries.empty()) {
    page.next = page.deliveries.back().delivery.id;
  }
  co_return page;
}

Awaitable<Result<queue::DeliveryPage>> MemoryStore::deliveries(std::optional<DeliveryId> after,
                                                               std::size_t limit) {
  auto listed = co_await list(after, limit);
  if (!listed) co_return listed.error();
  queue::DeliveryPage page{.deliveries = {}, .next = listed->next};
  for (auto& [message, delivery] : listed->deliveries) {
    page.deliveries.push_back({message.arrived, std::move(delivery)});
  }
  co_return page;
}

Awaitable<Result<std::vector<MessageId>>> MemoryStore::find(queue::MessageIdRange range,
                                                            std::size_t limit) {
  const std::lock_guard lock(mutex_);
  if (faults_.read) co_return injected(*faults_.read);
  std::vector<MessageId> found;
  auto at = messages_.lower_bound(range.first);
  for (; at != messages_.end() && at->first <= range.last && found.size() < limit; ++at) {
    found.push_back(at->first);
  }
  co_return found;
}

Awaitable<Result<>> MemoryStore::quarantine(DueEntry entry, std::string why) {
  const std::lock_guard lock(mutex_);
  due_.erase(entry.position);
  expiry_.erase(entry.position);
  const auto stored = deliveries_.find(entry.position.id);
  if (stored != deliveries_.end()) {
    queue::Quarantined kept{stored->first, clock_.wall(), std::move(why)};
    quarantine_.insert_or_assign(stored->first, std::move(kept));
    drop_delivery(stored->second);
  }
  co_return Result<>{};
}

Awaitable<Result<queue::QuarantinePage>> MemoryStore::quarantined(std::optional<DeliveryId> after,
                                                                  std::size_t limit) {
  const std::lock_guard lock(mutex_);
  queue::QuarantinePage page;
  auto at = after ? quarantine_.upper_bound(*after) : quarantine_.begin();
  for (; at != quarantine_.end() && page.deliveries.size() < limit; ++at) {
    page.deliveries.push_back(at->second);
  }
  if (at != quarantine_.end() && limit > 0) page.next = page.deliveries.back().id;
  co_return page;
}

Awaitable<Result<queue::LedgerPage>> MemoryStore::ledger(std::optional<queue::LedgerPosition> after,
                                                         std::size_t limit) {
  const std::lock_guard lock(mutex_);
  queue::LedgerPage page;
  auto at = after ? ledger_.upper_bound(*after) : ledger_.begin();
  for (; at != ledger_.end() && page.lines.size() < limit; ++at)
    page.lines.push_back(at->second);
  if (at != ledger_.end() && limit > 0) page.next = page.lines.back().position;
  co_return page;
}

void MemoryStore::on_due_entries(std::function<void(std::vector<DueEntry>)> listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

// Outside the lock: the listener may come back with a call of its own.
void MemoryStore::tell(std::vector<DueEntry> entries) {
  if (listener_ && !entries.empty()) listener_(std::move(entries));
}

void MemoryStore::set_faults(StoreFaults faults) {
  const std::lock_guard lock(mutex_);
  faults_ = faults;
}

std::vector<LoadedMessage> MemoryStore::messages() const {
  const std::lock_guard lock(mutex_);
  std::vector<LoadedMessage> all;
  all.reserve(messages_.size());
  for (const auto& [id, message] : messages_)
    all.push_back(with_deliveries(message));
  return all;
}

std::string MemoryStore::content(MessageId id) const {
  const std::lock_guard lock(mutex_);
  std::string bytes;
  for (const auto& [key, chunk] : chunks_) {
    if (key.first == id) bytes += chunk;
  }
  return bytes;
}

std::size_t MemoryStore::chunk_count() const {
  const std::lock_guard lock(mutex_);
  return chunks_.size();
}

}  // namespace greyhound::world
