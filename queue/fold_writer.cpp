#include "queue/fold_writer.hpp"

#include <algorithm>
#include <charconv>

namespace greyhound::queue {
namespace {

constexpr std::string_view last_id_key = "last_id";  // in meta
constexpr std::uint64_t ledger_lines_between_trims = 20'000;

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

Error no_room(Room room, const QueueSettings& settings) {
  return Error{Fault::disk_full,
               "queue: the disk of " + settings.folder.string() + " is " +
                   (room == Room::none ? "full" : "almost full: no new mail is taken")};
}

std::string lowest_due_key(const std::vector<DueEntry>& entries) {
  const auto lowest = std::min_element(
      entries.begin(), entries.end(), [](auto& a, auto& b) { return a.position < b.position; });
  return lowest == entries.end() ? std::string() : due_key(lowest->position);
}

}  // namespace

FoldWriter::FoldWriter(RocksDatabase& database, const QueueSettings& settings, EventLog& log)
    : database_(database), settings_(settings), log_(log) {}

Result<> FoldWriter::start(const Clock& clock) {
  clock_ = &clock;
  const auto last_id = read_last_id(database_);
  if (!last_id) return last_id.error();
  last_id_ = *last_id;
  if (auto loaded = due_floor_.load(database_); !loaded) return loaded;
  return expiry_floor_.load(database_);
}

void FoldWriter::keep_space(const StoreSizes& sizes) {
  space_ = std::make_unique<DiskSpace>(settings_, sizes, log_);
  reclaimer_ = std::make_unique<Reclaimer>(database_, log_);
}

Room FoldWriter::ask_for_room(std::uint64_t bytes) {
  if (!space_) return Room::ample;
  const auto room = space_->ask(bytes);
  if (room != Room::ample) reclaimer_->note_shortage();
  return room;
}

// A write that fails leaves no trace in the batch; a batch that fails fails all of them. The
// listener hears of new entries before the callers do.
void FoldWriter::write(StorageLane::Writes writes) {
  Changes changes(database_);
  const auto applied = apply(writes, changes);
  const bool is_synced = std::any_of(applied.begin(), applied.end(), [](const LaneWrite* write) {
    return write->traits().durability == Durability::synced;
  });
  const auto written = write_batch(changes, is_synced ? Durability::synced : Durability::buffered);
  if (!written) {
    log_.error("queue_write_failed", {{"writes", applied.size()}, {"what", written.error().what}});
    for (auto* write : applied)
      write->fail(written.error());
  } else {
    clear_marks(changes.settled());
    if (listener_ && !changes.due_entries().empty()) listener_(changes.due_entries());
  }
  finish_all(std::move(writes));
  if (written) after_write(changes);
}

void FoldWriter::clear_marks(const std::vector<DeliveryId>& settled) {
  if (marks_ == nullptr) return;
  for (const auto id : settled)
    marks_->clear(id);
}

// Those that went into the batch.
std::vector<LaneWrite*> FoldWriter::apply(const StorageLane::Writes& writes, Changes& changes) {
  std::uint64_t bytes = 0;
  for (const auto& write : writes)
    bytes += write->traits().size_bytes;
  const auto room = ask_for_room(bytes);
  std::vector<LaneWrite*> applied;
  applied.reserve(writes.size());
  for (const auto& write : writes) {
    const bool needs_ample = write->traits().takes_space;
    if (room == Room::none || (needs_ample && room != Room::ample)) {
      write->fail(no_room(room, settings_));
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
Result<> FoldWriter::write_batch(Changes& changes, Durability durability) {
  auto& batch = changes.batch();
  if (batch.is_empty()) return {};
  const auto highest = std::max(changes.highest_id(), last_id_);
  if (highest > last_id_) {
    batch.put(Family::meta, last_id_key, std::to_string(highest.value()));
  }
  due_floor_.lower(lowest_due_key(changes.due_entries()), batch);
  const auto& expiry = changes.lowest_expiry();
  expiry_floor_.lower(expiry ? due_key(*expiry) : std::string(), batch);
  auto written = database_.make_room_in_log(batch.size_bytes());
  if (written) written = database_.write(batch, durability);
  is_failing_ = !written;
  if (!written) return written;
  last_id_ = highest;
  due_floor_.note_written();
  expiry_floor_.note_written();
  return {};
}

// What may fail without harm: the next fold comes back to it.
void FoldWriter::after_write(const Changes& changes) {
  if (reclaimer_) reclaimer_->note_closed(changes.closed_bytes());
  auto done = due_floor_.note_erased(changes.erased_entries(), database_);
  if (done) done = expiry_floor_.note_erased(changes.erased_entries(), database_);
  new_ledger_lines_ += changes.ledger_lines();
  if (done && new_ledger_lines_ >= ledger_lines_between_trims) {
    new_ledger_lines_ = 0;
    const LedgerPosition first_kept{clock_->wall() - settings_.ledger_keep, {MessageId(0), 0}};
    done =
        database_.drop_oldest_files(Family::ledger, ledger_key(first_kept), settings_.ledger_bytes);
  }
  if (!done) log_.error("queue_care_failed", {{"what", done.error().what}});
}

}  // namespace greyhound::queue
