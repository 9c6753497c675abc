#include "queue/rocks_store.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "queue/backup.hpp"
#include "queue/changes.hpp"
#include "queue/dot_marks.hpp"
#include "queue/fold_writer.hpp"
#include "queue/lane_call.hpp"
#include "queue/leftovers.hpp"
#include "queue/queue_reader.hpp"
#include "queue/read_ahead.hpp"
#include "queue/rocks_database.hpp"
#include "queue/space_question.hpp"
#include "queue/volume.hpp"
#include "queue/write_size.hpp"

namespace greyhound::queue {
namespace {

constexpr std::uint64_t mib = 1ULL << 20;

LaneLimits limits_for(const QueueSettings& settings, const StoreSizes& sizes) {
  LaneLimits limits;
  limits.fold_bytes = sizes.fold;
  limits.waiting_bytes = std::clamp(settings.memory_bytes / 4, 8 * mib, 64 * mib);
  return limits;
}

class RocksStore final : public Store {
 public:
  RocksStore(std::unique_ptr<RocksDatabase> database,
             const QueueSettings& settings,
             OpenMode mode,
             const Clock& clock,
             EventLog& log)
      : settings_(settings),
        sizes_(store_sizes(settings)),
        mode_(mode),
        clock_(clock),
        log_(log),
        database_(std::move(database)),
        writer_(*database_, settings, log),
        reader_(*database_, {writer_.due_floor(), writer_.expiry_floor()}, log, Reach::disk),
        quick_reader_(
            *database_, {writer_.due_floor(), writer_.expiry_floor()}, log, Reach::memory) {}

  // Before anything else is called.
  Result<> start();

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
  Awaitable<Result<std::vector<DueEntry>>> expired(std::optional<DuePosition> after,
                                                   Instant until,
                                                   std::size_t limit) override;
  Awaitable<Result<LoadedDelivery>> load(DeliveryId id) override;
  Awaitable<Result<LoadedMessage>> load_message(MessageId id) override;
  Awaitable<Result<std::string>> chunk(MessageId id, std::uint32_t number) override;
  Awaitable<Result<>> mark_dot_sent(DotMark mark) override;
  Awaitable<Result<Settled>> settle(Settlement settlement) override;
  Awaitable<Result<>> reschedule(DeliveryId id, Instant due, Mover by) override;
  Awaitable<Result<ListPage>> list(std::optional<DeliveryId> after, std::size_t limit) override;
  Awaitable<Result<DeliveryPage>> deliveries(std::optional<DeliveryId> after,
                                             std::size_t limit) override;
  Awaitable<Result<std::vector<MessageId>>> find(MessageIdRange range, std::size_t limit) override;
  Awaitable<Result<>> quarantine(DueEntry entry, std::string why) override;
  Awaitable<Result<QuarantinePage>> quarantined(std::optional<DeliveryId> after,
                                                std::size_t limit) override;
  Awaitable<Result<LedgerPage>> ledger(std::optional<LedgerPosition> after,
                                       std::size_t limit) override;
  Awaitable<Result<SiteFacts>> site(std::string name) override;
  Awaitable<Result<std::vector<SiteFacts>>> sites(std::string after, std::size_t limit) override;
  Awaitable<Result<>> forget_site(std::string site) override;
  Awaitable<Result<>> suspend(Suspension suspension) override;
  Awaitable<Result<>> resume(std::string name) override;
  Awaitable<Result<std::vector<Suspension>>> suspensions() override;
  Awaitable<Result<>> back_up(std::filesystem::path folder) override;
  Room room() override;
  void on_due_entries(std::function<void(std::vector<DueEntry>)> listener) override {
    writer_.set_listener(std::move(listener));
  }

 private:
  template <class T, class Work>
  Awaitable<Result<T>> write(WriteTraits traits, Work work);
  template <class T, class Work>
  Awaitable<Result<T>> read(Work work) {
    return awaited_read<T>(*lane_, std::move(work));
  }
  template <class T, class Work>
  Awaitable<Result<T>> look_up(Work work);
  void read_ahead(const std::vector<DueEntry>& entries);

  const QueueSettings settings_;
  const StoreSizes sizes_;
  const OpenMode mode_;
  const Clock& clock_;
  EventLog& log_;
  std::unique_ptr<RocksDatabase> database_;
  std::unique_ptr<DotMarks> marks_;  // none: there is no file for them
  FoldWriter writer_;
  QueueReader reader_;
  QueueReader quick_reader_;
  ReadAhead ahead_{16 * mib};

  std::mutex mutex_;  // new_id() is called from every loop
  MessageId last_id_{0};
  std::atomic<SteadyInstant> next_question_{SteadyInstant::min()};  // about free space

  std::unique_ptr<StorageLane> lane_;  // last: its threads use all of the above
};

RocksStore::~RocksStore() {
  if (lane_) lane_->stop();
  if (mode_ == OpenMode::read_only) return;
  if (auto synced = database_->sync(); !synced) {
    log_.error("queue_close_failed", {{"what", synced.error().what}});
  }
}

MessageId RocksStore::new_id() {
  const auto now = MessageId::first_at(clock_.wall());
  const std::lock_guard lock(mutex_);
  last_id_ = std::max(last_id_.next(), now);
  return last_id_;
}

Awaitable<Result<>> RocksStore::add_chunk(MessageId id, std::uint32_t number, std::string bytes) {
  const WriteTraits traits{.size_bytes = bytes.size(),
                           .durability = Durability::buffered,
                           .takes_space = true,
                           .is_paced = true};
  return write<void>(traits, [id, number, bytes = std::move(bytes)](Changes& changes) mutable {
    return changes.add_chunk(id, number, std::move(bytes));
  });
}

Awaitable<Result<>> RocksStore::discard_chunks(MessageId id, std::uint32_t count) {
  const WriteTraits traits{.durability = Durability::buffered};
  return write<void>(traits,
                     [id, count](Changes& changes) { return changes.discard_chunks(id, count); });
}

Awaitable<Result<>> RocksStore::accept(NewMessage message) {
  const WriteTraits traits{.size_bytes = size_of(message), .takes_space = true, .is_paced = true};
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
  const auto work = [domain = std::move(domain), after, until, limit](const QueueReader& reader) {
    return reader.due_in_domain(domain, after, until, limit);
  };
  constexpr std::size_t most_at_once = 20;
  auto reading = limit <= most_at_once
                     ? look_up<std::vector<DueEntry>>(work)
                     : read<std::vector<DueEntry>>([this, work] { return work(reader_); });
  auto found = co_await std::move(reading);
  if (found) read_ahead(*found);
  co_return found;
}

Awaitable<Result<std::vector<DueEntry>>> RocksStore::expired(std::optional<DuePosition> after,
                                                             Instant until,
                                                             std::size_t limit) {
  return read<std::vector<DueEntry>>(
      [this, after, until, limit] { return reader_.expired(after, until, limit); });
}

Awaitable<Result<LoadedDelivery>> RocksStore::load(DeliveryId id) {
  return look_up<LoadedDelivery>([id](const QueueReader& reader) { return reader.load(id); });
}

Awaitable<Result<LoadedMessage>> RocksStore::load_message(MessageId id) {
  return read<LoadedMessage>([this, id] { return reader_.load_message(id); });
}

Awaitable<Result<std::string>> RocksStore::chunk(MessageId id, std::uint32_t number) {
  if (number == 0) {
    if (auto bytes = ahead_.take(id)) co_return std::move(*bytes);
  }
  auto reading = look_up<std::string>(
      [id, number](const QueueReader& reader) { return reader.chunk(id, number); });
  co_return co_await std::move(reading);
}

// Of what falls due in a domain, which its lane takes one after the other. Content that came a
// moment ago is in memory: the last entry stands for all.
void RocksStore::read_ahead(const std::vector<DueEntry>& entries) {
  if (entries.size() < 2) return;
  const auto last = entries.back().position.id.message;
  if (ahead_.has(last) || quick_reader_.chunk(last, 0)) return;
  std::vector<DeliveryId> ids;
  ids.reserve(entries.size());
  for (const auto& entry : entries)
    ids.push_back(entry.position.id);
  lane_->read(read_into(ahead_, reader_, std::move(ids)));
}

// Where the file has no room for it, the record itself is marked. So it is while nothing can be
// written: its failure then keeps a message from being sent whose end could not be recorded.
Awaitable<Result<>> RocksStore::mark_dot_sent(DotMark mark) {
  const bool may_use_file = mode_ == OpenMode::read_write && marks_ != nullptr;
  const bool can_record = !writer_.is_failing() && writer_.known_room() != Room::none;
  if (may_use_file && can_record && marks_->set(mark)) co_return Result<>();
  const WriteTraits traits{.durability = Durability::buffered};
  auto write_it = [mark = std::move(mark)](Changes& changes) {
    return changes.mark_dot_sent(mark);
  };
  auto written = write<void>(traits, std::move(write_it));
  co_return co_await std::move(written);
}

Awaitable<Result<Settled>> RocksStore::settle(Settlement settlement) {
  const WriteTraits traits{.size_bytes = size_of(settlement)};
  return write<Settled>(traits, [settlement = std::move(settlement)](Changes& changes) {
    return changes.settle(settlement);
  });
}

Awaitable<Result<>> RocksStore::reschedule(DeliveryId id, Instant due, Mover by) {
  return write<void>(WriteTraits{},
                     [=](Changes& changes) { return changes.reschedule(id, due, by); });
}

Awaitable<Result<ListPage>> RocksStore::list(std::optional<DeliveryId> after, std::size_t limit) {
  return read<ListPage>([this, after, limit] { return reader_.list(after, limit); });
}

Awaitable<Result<DeliveryPage>> RocksStore::deliveries(std::optional<DeliveryId> after,
                                                       std::size_t limit) {
  return read<DeliveryPage>([this, after, limit] { return reader_.deliveries(after, limit); });
}

Awaitable<Result<std::vector<MessageId>>> RocksStore::find(MessageIdRange range,
                                                           std::size_t limit) {
  return read<std::vector<MessageId>>([this, range, limit] { return reader_.find(range, limit); });
}

Awaitable<Result<>> RocksStore::quarantine(DueEntry entry, std::string why) {
  const auto now = clock_.wall();
  return write<void>(WriteTraits{},
                     [entry = std::move(entry), why = std::move(why), now](Changes& changes) {
                       return changes.quarantine(entry, why, now);
                     });
}

Awaitable<Result<QuarantinePage>> RocksStore::quarantined(std::optional<DeliveryId> after,
                                                          std::size_t limit) {
  return read<QuarantinePage>([this, after, limit] { return reader_.quarantined(after, limit); });
}

// Files with old lines go as a whole, so some lines are older than they should be.
Awaitable<Result<LedgerPage>> RocksStore::ledger(std::optional<LedgerPosition> after,
                                                 std::size_t limit) {
  const LedgerPosition oldest{clock_.wall() - settings_.ledger_keep, {MessageId(0), 0}};
  const auto from = std::max(after.value_or(oldest), oldest);
  return read<LedgerPage>([this, from, limit] { return reader_.ledger(from, limit); });
}

Awaitable<Result<SiteFacts>> RocksStore::site(std::string name) {
  return look_up<SiteFacts>(
      [name = std::move(name)](const QueueReader& reader) { return reader.site(name); });
}

Awaitable<Result<std::vector<SiteFacts>>> RocksStore::sites(std::string after, std::size_t limit) {
  return read<std::vector<SiteFacts>>(
      [this, after = std::move(after), limit] { return reader_.sites(after, limit); });
}

Awaitable<Result<>> RocksStore::forget_site(std::string site) {
  return write<void>(WriteTraits{}, [site = std::move(site)](Changes& changes) {
    return changes.forget_site(site);
  });
}

Awaitable<Result<>> RocksStore::suspend(Suspension suspension) {
  return write<void>(WriteTraits{}, [suspension = std::move(suspension)](Changes& changes) {
    return changes.suspend(suspension);
  });
}

Awaitable<Result<>> RocksStore::resume(std::string name) {
  return write<void>(WriteTraits{},
                     [name = std::move(name)](Changes& changes) { return changes.resume(name); });
}

Awaitable<Result<std::vector<Suspension>>> RocksStore::suspensions() {
  return read<std::vector<Suspension>>([this] { return reader_.suspensions(); });
}

Awaitable<Result<>> RocksStore::back_up(std::filesystem::path folder) {
  return read<void>([this, folder = std::move(folder)] {
    return copy_queue(*database_, settings_.folder, folder);
  });
}

// What is in memory is looked up here and now: to change threads twice would cost more.
template <class T, class Work>
Awaitable<Result<T>> RocksStore::look_up(Work work) {
  auto at_hand = guarded<T>(work, quick_reader_);
  if (at_hand || at_hand.error().fault != Fault::not_at_hand) co_return at_hand;
  auto there = [this, work = std::move(work)] { return work(reader_); };
  auto from_disk = read<T>(std::move(there));
  co_return co_await std::move(from_disk);
}

template <class T, class Work>
Awaitable<Result<T>> RocksStore::write(WriteTraits traits, Work work) {
  if (mode_ == OpenMode::read_only) {
    return awaited_read<T>(
        *lane_, [] { return Result<T>(Error{Fault::config, "store is opened read-only"}); });
  }
  return awaited_write<T>(*lane_, traits, std::move(work));
}

// The answer is the last one; asking anew may block and is for the lane.
Room RocksStore::room() {
  constexpr Duration between_questions = std::chrono::milliseconds(400);
  const auto now = clock_.steady();
  auto next = next_question_.load();
  const bool is_time = mode_ == OpenMode::read_write && now >= next;
  if (is_time && next_question_.compare_exchange_strong(next, now + between_questions)) {
    lane_->write(std::make_unique<SpaceQuestion>(writer_));
  }
  return writer_.is_failing() ? Room::none : writer_.known_room();
}

Result<> RocksStore::start() {
  if (auto started = writer_.start(clock_); !started) return started;
  last_id_ = writer_.last_id();
  auto marks = take_over_marks(*database_, settings_.folder, mode_, log_);
  if (!marks) return marks.error();
  marks_ = std::move(*marks);
  writer_.clear_marks_in(marks_.get());
  reader_.show_marks(marks_.get());
  quick_reader_.show_marks(marks_.get());
  if (mode_ == OpenMode::read_write) {
    if (auto swept = sweep_incoming(*database_, log_); !swept) return swept;
    writer_.keep_space(sizes_);
  }
  lane_ = std::make_unique<StorageLane>(
      limits_for(settings_, sizes_),
      [this](StorageLane::Writes writes) { writer_.write(std::move(writes)); });
  return {};
}

}  // namespace

Result<std::unique_ptr<Store>> open_rocks_store(const QueueSettings& settings,
                                                OpenMode mode,
                                                const Clock& clock,
                                                EventLog& log,
                                                const std::shared_ptr<rocksdb::FileSystem>& disk) {
  try {
    if (mode == OpenMode::read_write) {
      if (auto ready = DiskSpace::make_room_to_open(settings); !ready) return ready.error();
    }
    auto database = RocksDatabase::open(settings, mode, &log, disk);
    if (!database) return database.error();
    auto store = std::make_unique<RocksStore>(std::move(*database), settings, mode, clock, log);
    if (auto started = store->start(); !started) return started.error();
    return std::unique_ptr<Store>(std::move(store));
  } catch (const std::exception& thrown) {
    return Error{Fault::disk, "queue " + settings.folder.string() + ": " + thrown.what()};
  }
}

}  // namespace greyhound::queue
