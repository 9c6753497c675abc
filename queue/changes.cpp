#include "queue/changes.hpp"

#include <algorithm>

#include "queue/record_codec.hpp"
#include "queue/side_records.hpp"
#include "runtime/must.hpp"

namespace greyhound::queue {
namespace {

constexpr std::size_t most_deliveries = UINT16_MAX;

// The counts follow from what is handed in, wherever that is known.
void complete(NewMessage& message) {
  MUST(!message.deliveries.empty() && message.deliveries.size() <= most_deliveries);
  for (const auto& delivery : message.deliveries) {
    MUST(delivery.id.message == message.message.id && delivery.id.number > 0);
    MUST(!delivery.domain.empty() && !delivery.recipients.empty());
  }
  message.message.deliveries = static_cast<std::uint16_t>(message.deliveries.size());
  message.message.open_deliveries = message.message.deliveries;
  if (message.body.empty()) return;
  message.message.chunks = static_cast<std::uint32_t>(message.body.size());
  message.message.size_bytes = 0;
  for (const auto& chunk : message.body)
    message.message.size_bytes += chunk.size();
}

}  // namespace

void Changes::begin() {
  batch_.begin();
  entries_at_begin_ = due_entries_.size();
  settled_at_begin_ = settled_.size();
}

void Changes::keep() {
  batch_.keep();
}

void Changes::roll_back() {
  batch_.roll_back();
  due_entries_.erase(due_entries_.begin() + static_cast<std::ptrdiff_t>(entries_at_begin_),
                     due_entries_.end());
  settled_.erase(settled_.begin() + static_cast<std::ptrdiff_t>(settled_at_begin_), settled_.end());
}

// The incoming entry tells the next start which chunks no message may ever claim.
Result<> Changes::add_chunk(MessageId id, std::uint32_t number, std::string bytes) {
  if (number == 0) batch_.put(Family::incoming, message_key(id), "");
  batch_.put(Family::bodies, chunk_key(id, number), std::move(bytes));
  highest_id_ = std::max(highest_id_, id);
  return {};
}

Result<> Changes::discard_chunks(MessageId id, std::uint32_t count) {
  erase_chunks(id, count);
  batch_.erase(Family::incoming, message_key(id));
  return {};
}

Result<> Changes::accept(NewMessage message) {
  complete(message);
  const auto id = message.message.id;
  const auto key = message_key(id);
  if (message.body.empty() && message.message.chunks > 0) {
    const auto is_incoming = batch_.get(Family::incoming, key);
    if (!is_incoming) return looked_for("body of " + id.to_string(), is_incoming.error());
    batch_.erase(Family::incoming, key);
  }
  std::uint32_t number = 0;
  for (auto& chunk : message.body) {
    batch_.put(Family::bodies, chunk_key(id, number++), std::move(chunk));
  }
  batch_.put(Family::messages, key, encode(message.message));
  for (const auto& delivery : message.deliveries) {
    put_delivery(delivery);
    put_due(delivery);
    put_expiry(delivery);
  }
  highest_id_ = std::max(highest_id_, id);
  return {};
}

// A mark of an attempt that was settled meanwhile says nothing any more.
Result<> Changes::mark_dot_sent(const DotMark& mark) {
  auto delivery = read_delivery(mark.id);
  if (!delivery) return delivery.error();
  if (delivery->attempted != mark.attempted) return {};
  add_dot_sent(*delivery, mark.sent);
  put_delivery(*delivery);
  return {};
}

Result<> Changes::reschedule(DeliveryId id, Instant due, Mover by) {
  const auto before = read_delivery(id);
  if (!before) return before.error();
  auto after = *before;
  after.due = due;
  after.moved_by = by;
  put_delivery(after);
  move_index(*before, after);
  return {};
}

Result<> Changes::forget_site(const std::string& site) {
  batch_.erase(Family::sites, site);
  return {};
}

Result<> Changes::suspend(const Suspension& suspension) {
  const auto since = suspension.since.time_since_epoch().count();
  batch_.put(Family::meta, suspension_key(suspension.name), std::to_string(since));
  return {};
}

Result<> Changes::resume(const std::string& name) {
  batch_.erase(Family::meta, suspension_key(name));
  return {};
}

// The index entries to go are those of the stored record: its due may have been moved during the
// attempt.
Result<Settled> Changes::settle(const Settlement& settlement) {
  const auto id = settlement.after.id;
  settled_.push_back(id);
  const auto before = read_delivery(id);
  if (!before) return before.error();
  auto message = read_message(id.message);
  if (!message) return message.error();
  if (settlement.after.has_open_recipients()) {
    put_delivery(settlement.after);
    move_index(*before, settlement.after);
  } else {
    batch_.erase(Family::deliveries, delivery_key(id));
    erase_due(*before);
    erase_expiry(*before);
    if (message->open_deliveries > 0) --message->open_deliveries;
  }
  if (const auto& line = settlement.ledger) {
    batch_.put(Family::ledger, ledger_key(line->position), encode(*line));
    ++ledger_lines_;
  }
  if (settlement.learned) {
    if (auto learned = learn(*settlement.learned); !learned) return learned.error();
  }
  if (settlement.key_lesson) {
    if (auto learned = learn(*settlement.key_lesson); !learned) return learned.error();
  }
  return settle_message(settlement, std::move(*message));
}

Result<Settled> Changes::settle_message(const Settlement& settlement, Message message) {
  Settled settled;
  for (const auto& notice : settlement.notices) {
    if (auto accepted = accept(notice); !accepted) return accepted.error();
  }
  if (settlement.delay_notice && !message.delay_notice_at) {
    const auto& notice = *settlement.delay_notice;
    MUST(notice.message.id == message.id.delay_notice());
    if (auto accepted = accept(notice); !accepted) return accepted.error();
    message.delay_notice_at = notice.message.arrived;
    settled.wrote_delay_notice = true;
  }
  settled.closed_message = message.open_deliveries == 0;
  if (settled.closed_message) {
    batch_.erase(Family::messages, message_key(message.id));
    erase_chunks(message.id, message.chunks);
    closed_bytes_ += message.size_bytes;
  } else if (settled.wrote_delay_notice || !settlement.after.has_open_recipients()) {
    batch_.put(Family::messages, message_key(message.id), encode(message));
  }
  return settled;
}

Result<Message> Changes::read_message(MessageId id) const {
  const auto record = batch_.get(Family::messages, message_key(id));
  if (!record) return looked_for("message " + id.to_string(), record.error());
  return decode_message(id, *record);
}

Result<Delivery> Changes::read_delivery(DeliveryId id) const {
  const auto record = batch_.get(Family::deliveries, delivery_key(id));
  if (!record) return looked_for("delivery " + id.to_string(), record.error());
  return decode_delivery(id, *record);
}

void Changes::put_delivery(const Delivery& delivery) {
  batch_.put(Family::deliveries, delivery_key(delivery.id), encode(delivery));
}

// Held mail neither falls due nor expires, so it is in no index.
void Changes::put_due(const Delivery& delivery) {
  if (delivery.is_held) return;
  auto entry = due_entry_of(delivery);
  batch_.put(Family::due, due_key(entry.position), due_value(entry));
  batch_.put(
      Family::domains, domain_due_key(entry.domain, entry.position), domain_due_value(entry));
  due_entries_.push_back(std::move(entry));
}

void Changes::put_expiry(const Delivery& delivery) {
  if (delivery.is_held) return;
  const auto entry = expiry_entry_of(delivery);
  batch_.put(Family::expiry, due_key(entry.position), due_value(entry));
  lowest_expiry_ = std::min(lowest_expiry_.value_or(entry.position), entry.position);
}

void Changes::erase_due(const Delivery& delivery) {
  if (delivery.is_held) return;
  const DuePosition due{delivery.due, delivery.id};
  batch_.erase(Family::due, due_key(due));
  batch_.erase(Family::domains, domain_due_key(delivery.domain, due));
  ++erased_entries_;
}

void Changes::erase_expiry(const Delivery& delivery) {
  if (delivery.is_held) return;
  batch_.erase(Family::expiry, due_key({delivery.expires, delivery.id}));
}

// Most attempts move the due and leave the expiry where it is.
void Changes::move_index(const Delivery& before, const Delivery& after) {
  if (before.due != after.due || after.is_held) erase_due(before);
  put_due(after);
  if (before.expires == after.expires && before.is_held == after.is_held) return;
  erase_expiry(before);
  put_expiry(after);
}

// A record that does not decode any more is begun anew: it is knowledge, not mail.
template <class Lesson>
Result<> Changes::learn(const Lesson& lesson) {
  SiteFacts facts{.site = lesson.site};
  const auto record = batch_.get(Family::sites, lesson.site);
  if (!record && record.error().fault != Fault::not_found) return record.error();
  if (record) {
    if (auto known = decode_site_facts(lesson.site, *record)) facts = std::move(*known);
  }
  batch_.put(Family::sites, lesson.site, encode(with_lesson(std::move(facts), lesson)));
  return {};
}

// What a record says of the index is believed only if it can be read; the entry that led to it is
// there for certain. Its message stays as it is, so that nothing of the content goes either.
Result<> Changes::quarantine(const DueEntry& entry, const std::string& why, Instant now) {
  const auto key = delivery_key(entry.position.id);
  settled_.push_back(entry.position.id);
  auto record = batch_.get(Family::deliveries, key);
  if (!record && record.error().fault != Fault::not_found) return record.error();
  batch_.erase(Family::due, due_key(entry.position));
  batch_.erase(Family::expiry, due_key(entry.position));
  batch_.erase(Family::domains, domain_due_key(entry.domain, entry.position));
  ++erased_entries_;
  if (!record) return {};
  if (const auto delivery = decode_delivery(entry.position.id, *record)) {
    erase_due(*delivery);
    erase_expiry(*delivery);
  }
  const auto family = to_string(Family::deliveries);
  batch_.put(Family::quarantine,
             quarantine_key(family, key),
             encode(QuarantineRecord{.at = now, .why = why, .bytes = std::move(*record)}));
  batch_.erase(Family::deliveries, key);
  return {};
}

void Changes::erase_chunks(MessageId id, std::uint32_t count) {
  for (std::uint32_t number = 0; number < count; ++number) {
    batch_.erase(Family::bodies, chunk_key(id, number));
  }
}

}  // namespace greyhound::queue
