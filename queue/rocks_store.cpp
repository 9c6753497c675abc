#include "queue/rocks_store.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>

#include "queue/changes.hpp"
#include "queue/lane_call.hpp"
#include "queue/queue_reader.hpp"
#include "queue/rocks_database.hpp"

namespace greyhound::queue {
namespace {

constexpr std::string_view last_id_key = "last_id";  // in meta
constexpr std::uint64_t mib = 1ULL << 20;

// Roughly what a message takes on its way to the disk; bounds the lane, needs not be exact.
std::uint64_t size_of(const NewMessage& message) {
  constexpr std::uint64_t record_bytes = 512;
  auto size = record_bytes;
  for (const auto& chunk : message.body)
    size += chunk.size();
  for (const auto& delivery : message.deliveries) {
    size += record_bytes + record_bytes * delivery.recipients.size();
  }
  return size;
}

std::uint64_t size_of(const Settlement& settlement) {
  constexpr std::uint64_t record_bytes = 512;
  auto size = record_bytes + record_bytes * settlement.after.recipients.size();
  for (const auto& notice : settlement.notices)
    size += size_of(notice);
  if (settlement.delay_notice) size += size_of(*settlement.delay_notice);
  return size;
}

LaneLimits limits_for(const QueueSettings& settings) {
  LaneLimits limits;
  limits.waiting_bytes = std::clamp(settings.memory_bytes / 4, 8 * mib, 64 * mib);
  return limits;
}

class RocksStore final : public Store {
 public:
  RocksStore(std::unique_ptr<RocksDatabase> database,
             MessageId last_id,
             const QueueSettings& settings,
             OpenMode mode,
             const Clock& clock,
             EventLog& log)
      : settings_(settings),
        mode_(mode),
        clock_(clock),
        log_(log),
        database_(std::move(database)),
        reader_(*database_, log),
        last_id_(last_id),
        last_written_id_(last_id),
        lane_(limits_for(settings), [this](const StorageLane::Writes& writes) { fold(writes); }) {}

  ~RocksStore() override;

  MessageId new_id() override;
  Awaitable<Result<>> add_chunk(MessageId id, std::uint32_t number, std::string bytes) override;
  Awaitable<Result<>> discard_chunks(MessageId id, std::uint32_t count) override;
  Awaitable<Result<>> accept(NewMessage message) override;
  Awaitable<Result<std::vector<DueEntry>>> due(std::optional<DuePosition> after,
                                               Instant until,
                                               std::size_t limit) override;
  Awaitable<Result<std::vector<DueEntry>>> due_in_domain(std::string domain,
                                                         std::optional<DuePosition> after,
                                                         Instant until,
                                                         std::size_t limit) override;
  Awaitable<Result<std::vector<DueEntry>>> expired(Instant until, std::size_t limit) override;
  Awaitable<Result<LoadedDelivery>> load(DeliveryId id) override;
  Awaitable<Result<LoadedMessage>> load_message(MessageId id) override;
  Awaitable<Result<std::string>> chunk(MessageId id, std::uint32_t number) override;
  Awaitable<Result<>> mark_dot_sent(DeliveryId id, DotSent mark) override;
  Awaitable<Result<Settled>> settle(Settlement settlement) override;
  Awaitable<Result<>> reschedule(DeliveryId id, Instant due) override;
  Awaitable<Result<ListPage>> list(std::optional<DeliveryId> after, std::size_t limit) override;
  Awaitable<Result<std::vector<MessageId>>> find(MessageIdRange range, std::size_t limit) override;
  void on_due_entries(std::function<void(std::vector<DueEntry>)> listener) override {
    listener_ = std::move(listener);
  }

 private:
  template <class T, class Work>
  Awaitable<Result<T>> write(WriteTraits traits, Work work);
  template <class T, class Work>
  Awaitable<Result<T>> read(Work work) {
    return awaited_read<T>(lane_, std::move(work));
  }
  void fold(const StorageLane::Writes& writes);
  std::vector<LaneWrite*> apply(const StorageLane::Writes& writes, Changes& changes);
  Result<> write_batch(Changes& changes, Durability durability);
  bool has_room() const;

  const QueueSettings settings_;
  const OpenMode mode_;
  const Clock& clock_;
  EventLog& log_;
  std::unique_ptr<RocksDatabase> database_;
  QueueReader reader_;
  std::function<void(std::vector<DueEntry>)> listener_;

  std::mutex id_mutex_;  // new_id() is called from every loop
  MessageId last_id_;

  MessageId last_written_id_;  // the writer's own
  StorageLane lane_;           // last: its threads use all of the above
};

RocksStore::~RocksStore() {
  lane_.stop();
  if (mode_ == OpenMode::read_only) return;
  if (auto synced = database_->sync(); !synced) {
    log_.error("queue_close_failed", {{"what", synced.error().what}});
  }
}

MessageId RocksStore::new_id() {
  const auto now = MessageId::first_at(clock_.wall());
  const std::lock_guard lock(id_mutex_);
  last_id_ = std::max(last_id_.next(), now);
  return last_id_;
}

Awaitable<Result<>> RocksStore::add_chunk(MessageId id, std::uint32_t number, std::string bytes) {
  const WriteTraits traits{
      .size_bytes = bytes.size(), .durability = Durability::buffered, .takes_space = true};
  return write<void>(traits, [id, number, bytes = std::move(bytes)](Changes& changes) {
    return changes.add_chunk(id, number, bytes);
  });
}

Awaitable<Result<>> RocksStore::discard_chunks(MessageId id, std::uint32_t count) {
  const WriteTraits traits{.durability = Durability::buffered};
  return write<void>(traits,
                     [id, count](Changes& changes) { return changes.discard_chunks(id, count); });
}

Awaitable<Result<>> RocksStore::accept(NewMessage message) {
  const WriteTraits traits{.size_bytes = size_of(message), .takes_space = true};
  return write<void>(traits, [message = std::move(message)](Changes& changes) mutable {
    return changes.accept(std::move(message));
  });
}

Awaitable<Result<std::vector<DueEntry>>> RocksStore::due(std::optional<DuePosition> after,
                                                         Instant until,
                                                         std::size_t limit) {
  return read<std::vector<DueEntry>>(
      [this, after, until, limit] { return reader_.due(after, until, limit); });
}

Awaitable<Result<std::vector<DueEntry>>> RocksStore::due_in_domain(std::string domain,
                                                                   std::optional<DuePosition> after,
                                                                   Instant until,
                                                                   std::size_t limit) {
  return read<std::vector<DueEntry>>([this, domain = std::move(domain), after, until, limit] {
    return reader_.due_in_domain(domain, after, until, limit);
  });
}

Awaitable<Result<std::vector<DueEntry>>> RocksStore::expired(Instant until, std::size_t limit) {
  return read<std::vector<DueEntry>>(
      [this, until, limit] { return reader_.expired(until, limit); });
}

Awaitable<Result<LoadedDelivery>> RocksStore::load(DeliveryId id) {
  return read<LoadedDelivery>([this, id] { return reader_.load(id); });
}

Awaitable<Result<LoadedMessage>> RocksStore::load_message(MessageId id) {
  return read<LoadedMessage>([this, id] { return reader_.load_message(id); });
}

Awaitable<Result<std::string>> RocksStore::chunk(MessageId id, std::uint32_t number) {
  return read<std::string>([this, id, number] { return reader_.chunk(id, number); });
}

Awaitable<Result<>> RocksStore::mark_dot_sent(DeliveryId id, DotSent mark) {
  const WriteTraits traits{.durability = Durability::buffered};
  return write<void>(traits, [id, mark = std::move(mark)](Changes& changes) {
    return changes.mark_dot_sent(id, mark);
  });
}

Awaitable<Result<Settled>> RocksStore::settle(Settlement settlement) {
  const WriteTraits traits{.size_bytes = size_of(settlement)};
  return write<Settled>(traits, [settlement = std::move(settlement)](Changes& changes) {
    return changes.settle(settlement);
  });
}

Awaitable<Result<>> RocksStore::reschedule(DeliveryId id, Instant due) {
  return write<void>(WriteTraits{},
                     [id, due](Changes& changes) { return changes.reschedule(id, due); });
}

Awaitable<Result<ListPage>> RocksStore::list(std::optional<DeliveryId> after, std::size_t limit) {
  return read<ListPage>([this, after, limit] { return reader_.list(after, limit); });
}

Awaitable<Result<std::vector<MessageId>>> RocksStore::find(MessageIdRange range,
                                                           std::size_t limit) {
  return read<std::vector<MessageId>>([this, range, limit] { return reader_.find(range, limit); });
}

template <class T, class Work>
Awaitable<Result<T>> RocksStore::write(WriteTraits traits, Work work) {
  if (mode_ == OpenMode::read_only) {
    return awaited_read<T>(
        lane_, [] { return Result<T>(Error{Fault::config, "store is opened read-only"}); });
  }
  return awaited_write<T>(lane_, traits, std::move(work));
}

// Writer thread: all waiting writes, one batch, at most one sync. A write that fails leaves no
// trace in the batch; a batch that fails fails all of them. The listener hears of new entries
// before the callers do.
void RocksStore::fold(const StorageLane::Writes& writes) {
  Changes changes(*database_);
  const auto applied = apply(writes, changes);
  const bool is_synced = std::any_of(applied.begin(), applied.end(), [](const LaneWrite* write) {
    return write->traits().durability == Durability::synced;
  });
  const auto written = write_batch(changes, is_synced ? Durability::synced : Durability::buffered);
  if (!written) {
    log_.error("queue_write_failed", {{"writes", applied.size()}, {"what", written.error().what}});
    for (auto* write : applied)
      write->fail(written.error());
  } else if (listener_ && !changes.due_entries().empty()) {
    listener_(changes.due_entries());
  }
  for (const auto& write : writes)
    write->finish();
}

// Those that went into the batch.
std::vector<LaneWrite*> RocksStore::apply(const StorageLane::Writes& writes, Changes& changes) {
  const bool asks_for_space = std::any_of(
      writes.begin(), writes.end(), [](const auto& write) { return write->traits().takes_space; });
  const bool has_space = !asks_for_space || has_room();
  std::vector<LaneWrite*> applied;
  for (const auto& write : writes) {
    if (write->traits().takes_space && !has_space) {
      write->fail(Error{Fault::disk_full,
                        "queue: less than " + std::to_string(settings_.reserve_disk_bytes) +
                            " bytes are free in " + settings_.folder.string()});
      continue;
    }
    changes.begin();
    const auto outcome = write->apply(changes);
    if (outcome) {
      changes.keep();
      applied.push_back(write.get());
      continue;
    }
    changes.roll_back();
    if (outcome.error().fault == Fault::corrupt) {
      log_.error("queue_record_corrupt", {{"what", outcome.error().what}});
    }
  }
  return applied;
}

// The highest id goes along, so that ids grow over a restart even if the clock was set back and the
// message with that id is gone.
Result<> RocksStore::write_batch(Changes& changes, Durability durability) {
  auto& batch = changes.batch();
  if (batch.is_empty()) return {};
  const auto highest = std::max(changes.highest_id(), last_written_id_);
  if (highest > last_written_id_) {
    batch.put(Family::meta, last_id_key, std::to_string(highest.value()));
  }
  if (auto written = database_->write(batch, durability); !written) return written;
  last_written_id_ = highest;
  return {};
}

// The one place that asks for free space. RocksDB aborts the process if the disk fills up under its
// log, so that must not be tried.
bool RocksStore::has_room() const {
  std::error_code failure;
  const auto space = std::filesystem::space(settings_.folder, failure);
  return !failure && space.available >= settings_.reserve_disk_bytes;
}

Result<MessageId> read_last_id(const RocksDatabase& database) {
  const auto text = database.get(Family::meta, last_id_key);
  if (!text && text.error().fault == Fault::not_found) return MessageId(0);
  if (!text) return text.error();
  std::uint64_t value = 0;
  const auto* const end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc{} || stopped != end) {
    return Error{Fault::corrupt, "queue: the last id does not decode"};
  }
  return MessageId(value);
}

Result<> erase_unclaimed(RocksDatabase& database, MessageId id) {
  RocksBatch batch(database);
  batch.erase(Family::incoming, message_key(id));
  const auto visit = [&batch](std::string_view key, std::string_view) {
    batch.erase(Family::bodies, key);
    return true;
  };
  const auto claimed = database.get(Family::messages, message_key(id));
  if (!claimed && claimed.error().fault != Fault::not_found) return claimed.error();
  if (!claimed) {
    auto scanned = database.scan(Family::bodies, keys_of_message(id), visit);
    if (!scanned) return scanned;
  }
  return database.write(batch, Durability::buffered);
}

// Removes the chunks of messages that were coming in when the last run ended. Only those are looked
// at: as many as there were sessions.
Result<> sweep_incoming(RocksDatabase& database, EventLog& log) {
  std::vector<MessageId> unclaimed;
  const auto visit = [&unclaimed](std::string_view key, std::string_view) {
    if (const auto id = parse_message_key(key)) unclaimed.push_back(*id);
    return true;
  };
  auto scanned = database.scan(Family::incoming, all_keys(), visit);
  if (!scanned) return scanned;
  for (const auto id : unclaimed) {
    if (auto erased = erase_unclaimed(database, id); !erased) return erased;
  }
  if (!unclaimed.empty()) log.info("queue_swept", {{"unfinished_messages", unclaimed.size()}});
  return {};
}

}  // namespace

Result<std::unique_ptr<Store>> open_rocks_store(const QueueSettings& settings,
                                                OpenMode mode,
                                                const Clock& clock,
                                                EventLog& log) {
  try {
    auto database = RocksDatabase::open(settings, mode);
    if (!database) return database.error();
    const auto last_id = read_last_id(**database);
    if (!last_id) return last_id.error();
    if (mode == OpenMode::read_write) {
      if (auto swept = sweep_incoming(**database, log); !swept) return swept.error();
    }
    return std::unique_ptr<Store>(
        std::make_unique<RocksStore>(std::move(*database), *last_id, settings, mode, clock, log));
  } catch (const std::exception& thrown) {
    return Error{Fault::disk, "queue " + settings.folder.string() + ": " + thrown.what()};
  }
}

}  // namespace greyhound::queue
