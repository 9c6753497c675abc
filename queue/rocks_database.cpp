#include "queue/rocks_database.hpp"

#include <rocksdb/options.h>

#include "queue/rocks_handles.hpp"
#include "runtime/must.hpp"

namespace greyhound::queue {
namespace {

constexpr std::string_view schema_key = "schema";

Result<> make_folder(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::error_code failure;
  const bool is_new = fs::create_directories(folder, failure);
  if (!failure && is_new) {
    // Nobody else reads mail.
    fs::permissions(folder, fs::perms::owner_all, fs::perm_options::replace, failure);
  }
  if (failure) {
    return Error{Fault::disk, "queue folder " + folder.string() + ": " + failure.message()};
  }
  return {};
}

bool may_pass(const Error& error) {
  return error.fault == Fault::disk || error.fault == Fault::corrupt;
}

// A walk over deletion markers is no quick answer either.
rocksdb::ReadOptions options_for(Reach reach) {
  constexpr std::uint64_t most_skipped = 100;
  rocksdb::ReadOptions options;
  if (reach == Reach::disk) return options;
  options.read_tier = rocksdb::kBlockCacheTier;
  options.max_skippable_internal_keys = most_skipped;
  return options;
}

Result<std::string> read(const RocksHandles& handles,
                         rocksdb::ColumnFamilyHandle* family,
                         std::string_view key,
                         Reach reach) {
  std::string value;
  const auto status = handles.db->Get(options_for(reach), family, to_slice(key), &value);
  if (!status.ok()) return to_error(status, "reading");
  // Of a table that is not open RocksDB says in that case that the key may exist: found, but empty.
  const bool may_exist = reach == Reach::memory && value.empty();
  if (may_exist) return Error{Fault::not_at_hand, "queue: no word on whether it exists"};
  return value;
}

Result<> show(const RocksHandles& handles,
              Family family,
              const KeyRange& range,
              rocksdb::ReadOptions options,
              const RocksDatabase::Visit& visit) {
  auto* const handle = handles.of(family);
  if (handle == nullptr) return {};
  const auto first = to_slice(range.first);
  const auto end = to_slice(range.end);
  options.iterate_lower_bound = &first;
  options.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> entry(handles.db->NewIterator(options, handle));
  for (entry->Seek(first); entry->Valid(); entry->Next()) {
    if (!visit(to_view(entry->key()), to_view(entry->value()))) return {};
  }
  if (!entry->status().ok()) return to_error(entry->status(), "scanning");
  return {};
}

}  // namespace

std::string_view to_string(Family family) {
  switch (family) {
    case Family::messages:
      return "messages";
    case Family::bodies:
      return "bodies";
    case Family::deliveries:
      return "deliveries";
    case Family::due:
      return "due";
    case Family::expiry:
      return "expiry";
    case Family::domains:
      return "domains";
    case Family::incoming:
      return "incoming";
    case Family::sites:
      return "sites";
    case Family::ledger:
      return "ledger";
    case Family::quarantine:
      return "quarantine";
    case Family::meta:
      return "meta";
  }
  return "?";
}

Error looked_for(const std::string& what, Error error) {
  if (error.fault == Fault::not_found) error.what = what + " is not in the queue";
  return error;
}

RocksDatabase::RocksDatabase(std::unique_ptr<RocksHandles> handles)
    : handles_(std::move(handles)) {}

RocksDatabase::~RocksDatabase() = default;

Result<std::unique_ptr<RocksDatabase>> RocksDatabase::open(
    const QueueSettings& settings,
    OpenMode mode,
    EventLog* log,
    const std::shared_ptr<rocksdb::FileSystem>& disk) {
  if (mode == OpenMode::read_write) {
    if (auto made = make_folder(settings.folder); !made) return made.error();
  }
  // Next to a live agent a file may go between reading its name and opening it; then once more.
  const int most_tries = mode == OpenMode::read_only ? 10 : 1;
  const RocksDisk below{log, disk};
  auto handles = RocksHandles::open(settings, mode, below);
  for (int tries = 1; tries < most_tries && !handles && may_pass(handles.error()); ++tries) {
    handles = RocksHandles::open(settings, mode, below);
  }
  if (!handles) return handles.error();
  auto database = std::unique_ptr<RocksDatabase>(new RocksDatabase(std::move(*handles)));
  if (mode != OpenMode::read_write || database->schema() == newest_schema) return database;
  // New, or of an older schema: all that it has means the same in this one.
  const auto before = database->schema();
  RocksBatch batch(*database);
  batch.put(Family::meta, schema_key, std::to_string(newest_schema));
  if (auto written = database->write(batch, Durability::synced); !written) return written.error();
  database->handles_->schema = newest_schema;
  if (before != 0 && log != nullptr) {
    log->info("queue_upgraded", {{"from_schema", before}, {"to_schema", newest_schema}});
  }
  return database;
}

std::vector<std::string> RocksDatabase::log_damage() const {
  return handles_->log_damage;
}

unsigned RocksDatabase::schema() const {
  return handles_->schema;
}

Result<std::string> RocksDatabase::get(Family family, std::string_view key, Reach reach) const {
  auto* const handle = handles_->of(family);
  if (handle == nullptr) return Error{Fault::not_found, "queue: no such family"};
  if (!RecentRecords::holds(family)) return read(*handles_, handle, key, reach);
  const auto recent_key = RecentRecords::key(family, key);
  auto look = handles_->recent->look(recent_key);
  if (look.is_known) return known_record(std::move(look.record));
  auto value = read(*handles_, handle, key, reach);
  if (value && family != Family::bodies) handles_->recent->add_read(recent_key, *value, look.turn);
  return value;
}

Result<> RocksDatabase::scan(Family family,
                             const KeyRange& range,
                             const Visit& visit,
                             Reach reach) const {
  return show(*handles_, family, range, options_for(reach), visit);
}

Result<> RocksDatabase::scan_once(Family family, const KeyRange& range, const Visit& visit) const {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = 128 << 10;
  return show(*handles_, family, range, options, visit);
}

Result<std::optional<std::string>> RocksDatabase::first_key(Family family,
                                                            const KeyRange& range) const {
  std::optional<std::string> key;
  const auto visit = [&key](std::string_view first, std::string_view) {
    key = std::string(first);
    return false;
  };
  if (auto scanned = scan(family, range, visit); !scanned) return scanned.error();
  return key;
}

Result<> RocksDatabase::make_room_in_log(std::uint64_t bytes) {
  const auto status = handles_->logs->make_room(bytes);
  if (!status.ok()) return to_error(status, "allocating blocks for the log");
  return {};
}

Result<> RocksDatabase::sync() {
  if (auto sound = handles_->sound_log(); !sound) return sound;
  const auto status = handles_->db->SyncWAL();
  if (!status.ok()) return to_error(status, "syncing");
  return {};
}

}  // namespace greyhound::queue
