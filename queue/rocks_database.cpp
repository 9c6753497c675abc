#include "queue/rocks_database.hpp"

#include <rocksdb/options.h>
#include <rocksdb/utilities/write_batch_with_index.h>

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

Result<std::string> RocksDatabase::get(Family family, std::string_view key) const {
  auto* const handle = handles_->of(family);
  if (handle == nullptr) return Error{Fault::not_found, "queue: no such family"};
  std::string value;
  const auto status = handles_->db->Get(rocksdb::ReadOptions(), handle, to_slice(key), &value);
  if (!status.ok()) return to_error(status, "reading");
  return value;
}

Result<> RocksDatabase::scan(Family family, const KeyRange& range, const Visit& visit) const {
  auto* const handle = handles_->of(family);
  if (handle == nullptr) return {};
  const auto first = to_slice(range.first);
  const auto end = to_slice(range.end);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &first;
  options.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> entry(handles_->db->NewIterator(options, handle));
  for (entry->Seek(first); entry->Valid(); entry->Next()) {
    if (!visit(to_view(entry->key()), to_view(entry->value()))) return {};
  }
  if (!entry->status().ok()) return to_error(entry->status(), "scanning");
  return {};
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

struct RocksBatch::State {
  explicit State(const RocksHandles& of)
      : database(of), batch(rocksdb::BytewiseComparator(), 0, /*overwrite_key=*/true) {}
  const RocksHandles& database;
  rocksdb::WriteBatchWithIndex batch;
  std::uint32_t begun_at = 0;  // number of changes when begin() was called
};

Result<> RocksDatabase::make_room_in_log(std::uint64_t bytes) {
  const auto status = handles_->logs->make_room(bytes);
  if (!status.ok()) return to_error(status, "allocating blocks for the log");
  return {};
}

Result<> RocksDatabase::write(RocksBatch& batch, Durability durability) {
  rocksdb::WriteOptions options;
  options.sync = durability == Durability::synced;
  const auto status = handles_->db->Write(options, batch.state_->batch.GetWriteBatch());
  if (!status.ok()) return to_error(status, "writing");
  return {};
}

Result<> RocksDatabase::sync() {
  if (handles_->logs->has_failed_log()) {
    return Error{Fault::disk, "queue: syncing: writing the log had failed before"};
  }
  const auto status = handles_->db->SyncWAL();
  if (!status.ok()) return to_error(status, "syncing");
  return {};
}

RocksBatch::RocksBatch(const RocksDatabase& database)
    : state_(std::make_unique<State>(*database.handles_)) {}

RocksBatch::~RocksBatch() = default;

Result<std::string> RocksBatch::get(Family family, std::string_view key) const {
  std::string value;
  const auto status = state_->batch.GetFromBatchAndDB(state_->database.db.get(),
                                                      rocksdb::ReadOptions(),
                                                      state_->database.of(family),
                                                      to_slice(key),
                                                      &value);
  if (!status.ok()) return to_error(status, "reading");
  return value;
}

// Without a limit on its size, a batch takes everything.
void RocksBatch::put(Family family, std::string_view key, std::string_view value) {
  const auto status =
      state_->batch.Put(state_->database.of(family), to_slice(key), to_slice(value));
  MUST(status.ok());
}

void RocksBatch::erase(Family family, std::string_view key) {
  const auto status = state_->batch.Delete(state_->database.of(family), to_slice(key));
  MUST(status.ok());
}

std::uint64_t RocksBatch::size_bytes() const {
  return state_->batch.GetWriteBatch()->GetDataSize();
}

bool RocksBatch::is_empty() const {
  return state_->batch.GetWriteBatch()->Count() == 0;
}

void RocksBatch::begin() {
  state_->batch.SetSavePoint();
  state_->begun_at = state_->batch.GetWriteBatch()->Count();
}

void RocksBatch::keep() {
  const auto status = state_->batch.PopSavePoint();
  MUST(status.ok());
}

// Rolling back builds the whole index anew, so not where there is nothing to undo.
void RocksBatch::roll_back() {
  const bool is_unchanged = state_->batch.GetWriteBatch()->Count() == state_->begun_at;
  const auto status =
      is_unchanged ? state_->batch.PopSavePoint() : state_->batch.RollbackToSavePoint();
  MUST(status.ok());
}

}  // namespace greyhound::queue
