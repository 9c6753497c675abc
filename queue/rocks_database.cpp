#include "queue/rocks_database.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/utilities/write_batch_with_index.h>

#include "queue/rocks_options.hpp"
#include "runtime/must.hpp"

namespace greyhound::queue {
namespace {

constexpr std::string_view schema_key = "schema";

rocksdb::Slice to_slice(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view to_view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

Error to_error(const rocksdb::Status& status, std::string_view doing) {
  auto fault = Fault::disk;
  if (status.IsNotFound()) fault = Fault::not_found;
  if (status.IsCorruption()) fault = Fault::corrupt;
  if (status.IsNoSpace()) fault = Fault::disk_full;
  return Error{fault, "queue: " + std::string(doing) + ": " + status.ToString()};
}

Error too_new(const std::string& schema) {
  return Error{Fault::config,
               "queue schema " + schema + " is newer than " + std::to_string(newest_schema) +
                   ", the newest that this version knows: install a newer greyhound"};
}

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
    case Family::meta:
      return "meta";
  }
  return "?";
}

Error looked_for(const std::string& what, Error error) {
  if (error.fault == Fault::not_found) error.what = what + " is not in the queue";
  return error;
}

// The handles go first: RocksDB aborts if one of them outlives it.
struct RocksDatabase::State {
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    for (auto* handle : handles) {
      if (db && handle != nullptr) db->DestroyColumnFamilyHandle(handle);
    }
  }

  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles[static_cast<std::size_t>(family)];
  }

  // Opens what `families` names; the handles are in their order.
  rocksdb::Status open(const rocksdb::DBOptions& options,
                       const std::string& folder,
                       const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                       OpenMode mode) {
    rocksdb::DB* opened = nullptr;
    const auto status =
        mode == OpenMode::read_write
            ? rocksdb::DB::Open(options, folder, families, &handles, &opened)
            : rocksdb::DB::OpenForReadOnly(options, folder, families, &handles, &opened);
    db.reset(opened);
    return status;
  }

  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  bool is_new = false;  // no schema number was written yet
};

namespace {

Result<> check_schema(const std::string& schema) {
  unsigned number = 0;
  const auto* const end = schema.data() + schema.size();
  const auto [stopped, error] = std::from_chars(schema.data(), end, number);
  if (error == std::errc::result_out_of_range) return too_new(schema);
  if (error != std::errc{} || stopped != end || number == 0) {
    return Error{Fault::corrupt, "queue: the schema number does not decode"};
  }
  if (number > newest_schema) return too_new(schema);
  return {};
}

// False: no schema number was written yet, the database is new. An error: it is not one of ours.
template <class State>
Result<bool> has_known_schema(const State& state, rocksdb::ColumnFamilyHandle* meta) {
  std::string schema;
  const auto status = state.db->Get(rocksdb::ReadOptions(), meta, to_slice(schema_key), &schema);
  if (status.IsNotFound()) return false;
  if (!status.ok()) return to_error(status, "reading the schema number");
  if (auto checked = check_schema(schema); !checked) return checked.error();
  return true;
}

bool is_known(const std::string& name) {
  return name == rocksdb::kDefaultColumnFamilyName ||
         std::any_of(all_families.begin(), all_families.end(), [&name](Family family) {
           return to_string(family) == name;
         });
}

// RocksDB opens for writing only with every family named, so that a newer schema with more of them
// has to be found out beforehand, through the one family that all schemas have.
template <class State>
Result<> refuse_unknown_families(const RocksOptions& options, const std::string& folder) {
  const auto read_only = options.database(OpenMode::read_only);
  std::vector<std::string> present;
  const auto listed = rocksdb::DB::ListColumnFamilies(read_only, folder, &present);
  if (!listed.ok()) return to_error(listed, "listing the column families");
  const auto unknown = std::find_if_not(present.begin(), present.end(), is_known);
  if (unknown == present.end()) return {};
  State peek;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.push_back(options.family(std::string(to_string(Family::meta))));
  families.push_back(options.family(rocksdb::kDefaultColumnFamilyName));
  const auto opened = peek.open(read_only, folder, families, OpenMode::read_only);
  if (!opened.ok()) return to_error(opened, "reading the schema number");
  if (auto checked = has_known_schema(peek, peek.handles.front()); !checked) return checked.error();
  return Error{Fault::corrupt, "queue: unknown column family " + *unknown};
}

Error open_error(const rocksdb::Status& status, const QueueSettings& settings) {
  const auto text = status.ToString();
  if (status.IsIOError() && (text.find("lock hold by") != std::string::npos ||
                             text.find("While lock file") != std::string::npos)) {
    return Error{Fault::busy, "queue " + settings.folder.string() + " is open in another process"};
  }
  return to_error(status, "opening " + settings.folder.string());
}

bool may_pass(const Error& error) {
  return error.fault == Fault::disk || error.fault == Fault::corrupt;
}

// Whether there is a database in the folder.
Result<bool> is_there(const QueueSettings& settings) {
  std::error_code failure;
  const bool exists = std::filesystem::exists(settings.folder / "CURRENT", failure);
  if (failure) {
    return Error{Fault::disk, "queue " + settings.folder.string() + ": " + failure.message()};
  }
  return exists;
}

// An open database whose schema is known or not written yet.
template <class State>
Result<std::unique_ptr<State>> open_state(const QueueSettings& settings, OpenMode mode) {
  const auto exists = is_there(settings);
  if (!exists) return exists.error();
  const RocksOptions options(settings);
  const auto folder = settings.folder.string();
  if (*exists) {
    auto known = refuse_unknown_families<State>(options, folder);
    if (!known) return known.error();
  } else if (mode == OpenMode::read_only) {
    return Error{Fault::not_found, "there is no queue in " + folder};
  }
  auto state = std::make_unique<State>();
  const auto status = state->open(options.database(mode), folder, options.families(), mode);
  if (!status.ok()) return open_error(status, settings);
  const auto has_schema = has_known_schema(*state, state->handle(Family::meta));
  if (!has_schema) return has_schema.error();
  state->is_new = !*has_schema;
  return state;
}

}  // namespace

RocksDatabase::RocksDatabase(std::unique_ptr<State> state) : state_(std::move(state)) {}

RocksDatabase::~RocksDatabase() = default;

Result<std::unique_ptr<RocksDatabase>> RocksDatabase::open(const QueueSettings& settings,
                                                           OpenMode mode) {
  if (mode == OpenMode::read_write) {
    if (auto made = make_folder(settings.folder); !made) return made.error();
  }
  // Next to a live agent a file may go between reading its name and opening it; then once more.
  const int most_tries = mode == OpenMode::read_only ? 10 : 1;
  auto state = open_state<State>(settings, mode);
  for (int tries = 1; tries < most_tries && !state && may_pass(state.error()); ++tries) {
    state = open_state<State>(settings, mode);
  }
  if (!state) return state.error();
  const bool is_new = (*state)->is_new;
  auto database = std::unique_ptr<RocksDatabase>(new RocksDatabase(std::move(*state)));
  if (is_new && mode == OpenMode::read_write) {
    RocksBatch batch(*database);
    batch.put(Family::meta, schema_key, std::to_string(newest_schema));
    if (auto written = database->write(batch, Durability::synced); !written) return written.error();
  }
  return database;
}

Result<std::string> RocksDatabase::get(Family family, std::string_view key) const {
  std::string value;
  const auto status =
      state_->db->Get(rocksdb::ReadOptions(), state_->handle(family), to_slice(key), &value);
  if (!status.ok()) return to_error(status, "reading");
  return value;
}

Result<> RocksDatabase::scan(Family family, const KeyRange& range, const Visit& visit) const {
  const auto first = to_slice(range.first);
  const auto end = to_slice(range.end);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &first;
  options.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> entry(
      state_->db->NewIterator(options, state_->handle(family)));
  for (entry->Seek(first); entry->Valid(); entry->Next()) {
    if (!visit(to_view(entry->key()), to_view(entry->value()))) return {};
  }
  if (!entry->status().ok()) return to_error(entry->status(), "scanning");
  return {};
}

struct RocksBatch::State {
  explicit State(const RocksDatabase::State& of)
      : database(of), batch(rocksdb::BytewiseComparator(), 0, /*overwrite_key=*/true) {}
  const RocksDatabase::State& database;
  rocksdb::WriteBatchWithIndex batch;
  std::uint32_t begun_at = 0;  // number of changes when begin() was called
};

Result<> RocksDatabase::write(RocksBatch& batch, Durability durability) {
  rocksdb::WriteOptions options;
  options.sync = durability == Durability::synced;
  const auto status = state_->db->Write(options, batch.state_->batch.GetWriteBatch());
  if (!status.ok()) return to_error(status, "writing");
  return {};
}

Result<> RocksDatabase::sync() {
  const auto status = state_->db->SyncWAL();
  if (!status.ok()) return to_error(status, "syncing");
  return {};
}

RocksBatch::RocksBatch(const RocksDatabase& database)
    : state_(std::make_unique<State>(*database.state_)) {}

RocksBatch::~RocksBatch() = default;

Result<std::string> RocksBatch::get(Family family, std::string_view key) const {
  std::string value;
  const auto status = state_->batch.GetFromBatchAndDB(state_->database.db.get(),
                                                      rocksdb::ReadOptions(),
                                                      state_->database.handle(family),
                                                      to_slice(key),
                                                      &value);
  if (!status.ok()) return to_error(status, "reading");
  return value;
}

// Without a limit on its size, a batch takes everything.
void RocksBatch::put(Family family, std::string_view key, std::string_view value) {
  const auto status =
      state_->batch.Put(state_->database.handle(family), to_slice(key), to_slice(value));
  MUST(status.ok());
}

void RocksBatch::erase(Family family, std::string_view key) {
  const auto status = state_->batch.Delete(state_->database.handle(family), to_slice(key));
  MUST(status.ok());
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
