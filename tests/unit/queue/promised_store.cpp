#include "unit/queue/promised_store.hpp"

#include <utility>

#include "queue/keys.hpp"
#include "queue/record_codec.hpp"
#include "queue/side_records.hpp"
#include "runtime/must.hpp"

namespace greyhound::queue {
namespace {

void complete(NewMessage& message, const std::vector<std::string>& content) {
  message.message.chunks = static_cast<std::uint32_t>(content.size());
  message.message.size_bytes = 0;
  for (const auto& chunk : content)
    message.message.size_bytes += chunk.size();
}

void append(std::vector<RecordChange>& to, std::vector<RecordChange> more) {
  for (auto& one : more)
    to.push_back(std::move(one));
}

}  // namespace

PromisedStore::Known PromisedStore::known_after(const NewMessage& message) {
  Known known{message.message, {}};
  known.message.deliveries = static_cast<std::uint16_t>(message.deliveries.size());
  known.message.open_deliveries = known.message.deliveries;
  for (const auto& delivery : message.deliveries)
    known.deliveries.emplace(delivery.id.number, delivery);
  return known;
}

std::vector<RecordChange> PromisedStore::changes_of(const NewMessage& message) {
  const auto id = message.message.id;
  std::vector<RecordChange> changes;
  changes.push_back({Family::messages, message_key(id), encode(known_after(message).message)});
  changes.push_back({Family::incoming, message_key(id), std::nullopt});
  for (const auto& delivery : message.deliveries) {
    changes.push_back({Family::deliveries, delivery_key(delivery.id), encode(delivery)});
  }
  std::uint32_t number = 0;
  for (const auto& chunk : message.body) {
    changes.push_back({Family::bodies, chunk_key(id, number++), chunk});
  }
  return changes;
}

// Chunks alone are no promise: without their message the next start sweeps them.
Awaitable<Result<>> PromisedStore::accept(NewMessage message, std::vector<std::string> ahead) {
  const auto id = message.message.id;
  complete(message, ahead.empty() ? message.body : ahead);
  auto changes = changes_of(message);
  std::vector<RecordChange> chunks{{Family::incoming, message_key(id), ""}};
  std::uint32_t number = 0;
  for (const auto& chunk : ahead) {
    chunks.push_back({Family::bodies, chunk_key(id, number++), chunk});
    changes.push_back(chunks.back());
  }
  if (!ahead.empty()) book_.begin(chunks);
  number = 0;
  for (auto& chunk : ahead) {
    auto added = co_await store_->add_chunk(id, number++, std::move(chunk));
    if (!added) co_return added;
  }
  const auto operation = book_.begin(std::move(changes));
  auto known = known_after(message);
  auto accepted = co_await store_->accept(std::move(message));
  if (!accepted) co_return accepted;
  book_.promise(operation, Outlived::power);
  known_.emplace(id, std::move(known));
  co_return accepted;
}

Awaitable<Result<Settled>> PromisedStore::settle(Settlement settlement) {
  const auto id = settlement.after.id;
  auto known = known_.at(id.message);
  auto& message = known.message;
  std::vector<RecordChange> changes;
  const bool closes = !settlement.after.has_open_recipients();
  changes.push_back({Family::deliveries,
                     delivery_key(id),
                     closes ? std::nullopt : std::optional(encode(settlement.after))});
  if (closes) {
    known.deliveries.erase(id.number);
    --message.open_deliveries;
  } else {
    known.deliveries.insert_or_assign(id.number, settlement.after);
  }
  std::vector<NewMessage> notices = settlement.notices;
  const bool writes_delay_notice = settlement.delay_notice && !message.delay_notice_at;
  if (writes_delay_notice) {
    message.delay_notice_at = settlement.delay_notice->message.arrived;
    notices.push_back(*settlement.delay_notice);
  }
  for (auto& notice : notices) {
    complete(notice, notice.body);
    append(changes, changes_of(notice));
  }
  const bool closes_message = message.open_deliveries == 0;
  changes.push_back({Family::messages,
                     message_key(id.message),
                     closes_message ? std::nullopt : std::optional(encode(message))});
  for (std::uint32_t number = 0; closes_message && number < message.chunks; ++number) {
    changes.push_back({Family::bodies, chunk_key(id.message, number), std::nullopt});
  }
  if (const auto& line = settlement.ledger) {
    changes.push_back({Family::ledger, ledger_key(line->position), encode(*line)});
  }
  std::optional<SiteFacts> facts;
  if (const auto& lesson = settlement.learned) {
    const auto [site, is_new] = sites_.try_emplace(lesson->site, SiteFacts{.site = lesson->site});
    facts = with_lesson(site->second, *lesson);
    changes.push_back({Family::sites, lesson->site, encode(*facts)});
  }
  const auto operation = book_.begin(std::move(changes));
  auto settled = co_await store_->settle(std::move(settlement));
  if (!settled) co_return settled;
  MUST(settled->closed_message == closes_message);
  MUST(settled->wrote_delay_notice == writes_delay_notice);
  book_.promise(operation, Outlived::power);
  known_.erase(id.message);
  if (!closes_message) known_.emplace(id.message, std::move(known));
  for (const auto& notice : notices)
    known_.emplace(notice.message.id, known_after(notice));
  if (facts) sites_[facts->site] = *facts;
  co_return settled;
}

Awaitable<Result<>> PromisedStore::mark_dot_sent(DeliveryId id, DotSent mark) {
  auto after = *delivery(id);
  add_dot_sent(after, mark);
  std::vector<RecordChange> changes;
  changes.push_back({Family::deliveries, delivery_key(id), encode(after)});
  const auto operation = book_.begin(std::move(changes));
  DotMark of_store{.id = id, .attempted = after.attempted, .sent = std::move(mark)};
  auto marked = co_await store_->mark_dot_sent(std::move(of_store));
  if (!marked) co_return marked;
  book_.promise(operation, Outlived::process);
  known_.at(id.message).deliveries.insert_or_assign(id.number, after);
  co_return marked;
}

Awaitable<Result<>> PromisedStore::reschedule(DeliveryId id, Instant due, Mover by) {
  auto after = *delivery(id);
  after.due = due;
  after.moved_by = by;
  std::vector<RecordChange> changes;
  changes.push_back({Family::deliveries, delivery_key(id), encode(after)});
  const auto operation = book_.begin(std::move(changes));
  auto moved = co_await store_->reschedule(id, due, by);
  if (!moved) co_return moved;
  book_.promise(operation, Outlived::power);
  known_.at(id.message).deliveries.insert_or_assign(id.number, after);
  co_return moved;
}

Awaitable<Result<>> PromisedStore::quarantine(DeliveryId id, std::string why, Instant now) {
  const auto& before = *delivery(id);
  const auto key = delivery_key(id);
  QuarantineRecord record{.at = now, .why = why, .bytes = encode(before)};
  std::vector<RecordChange> changes;
  changes.push_back({Family::deliveries, key, std::nullopt});
  changes.push_back(
      {Family::quarantine, quarantine_key(to_string(Family::deliveries), key), encode(record)});
  auto entry = due_entry_of(before);
  const auto operation = book_.begin(std::move(changes));
  auto moved = co_await store_->quarantine(std::move(entry), std::move(why));
  if (!moved) co_return moved;
  book_.promise(operation, Outlived::power);
  known_.at(id.message).deliveries.erase(id.number);
  co_return moved;
}

const Message* PromisedStore::message(MessageId id) const {
  const auto found = known_.find(id);
  return found == known_.end() ? nullptr : &found->second.message;
}

const Delivery* PromisedStore::delivery(DeliveryId id) const {
  const auto found = known_.find(id.message);
  if (found == known_.end()) return nullptr;
  const auto delivery = found->second.deliveries.find(id.number);
  return delivery == found->second.deliveries.end() ? nullptr : &delivery->second;
}

}  // namespace greyhound::queue
