#include <string>
#include <unordered_map>
#include <vector>

#include <rocksdb/write_batch.h>

#include "queue/rocks_handles.hpp"
#include "runtime/must.hpp"

namespace greyhound::queue {

struct RocksBatch::State {
  using Value = WrittenRecords::mapped_type;
  struct Before {
    std::string key;
    bool was_there;
    Value value;
  };

  explicit State(const RocksHandles& of) : database(of) {}

  // Of all that is written, only this is read again in the same fold. An index over the whole
  // batch, as RocksDB offers one, costs the writer more than anything else it does.
  void note(Family family, std::string_view key, Value value) {
    auto made = RecentRecords::key(family, key);
    const auto [found, is_new] = overlay.try_emplace(made);
    undo.push_back({std::move(made), !is_new, std::move(found->second)});
    found->second = std::move(value);
  }

  const RocksHandles& database;
  rocksdb::WriteBatch batch;
  WrittenRecords overlay;
  std::vector<Before> undo;  // since begin()
};

RocksBatch::RocksBatch(const RocksDatabase& database)
    : state_(std::make_unique<State>(*database.handles_)) {}

RocksBatch::~RocksBatch() = default;

Result<std::string> RocksBatch::get(Family family, std::string_view key) const {
  MUST(RecentRecords::holds(family));
  const auto made = RecentRecords::key(family, key);
  const auto found = state_->overlay.find(made);
  if (found != state_->overlay.end()) return known_record(found->second);
  if (auto look = state_->database.recent->look(made); look.is_known) {
    return known_record(std::move(look.record));
  }
  std::string value;
  const auto status = state_->database.db->Get(
      rocksdb::ReadOptions(), state_->database.of(family), to_slice(key), &value);
  if (!status.ok()) return to_error(status, "reading");
  return value;
}

// Without a limit on its size, a batch takes everything.
void RocksBatch::put(Family family, std::string_view key, std::string value) {
  const auto status =
      state_->batch.Put(state_->database.of(family), to_slice(key), to_slice(value));
  MUST(status.ok());
  if (RecentRecords::holds(family)) state_->note(family, key, std::move(value));
}

void RocksBatch::erase(Family family, std::string_view key) {
  const auto status = state_->batch.Delete(state_->database.of(family), to_slice(key));
  MUST(status.ok());
  if (RecentRecords::holds(family)) state_->note(family, key, std::nullopt);
}

std::uint64_t RocksBatch::size_bytes() const {
  return state_->batch.GetDataSize();
}

bool RocksBatch::is_empty() const {
  return state_->batch.Count() == 0;
}

void RocksBatch::begin() {
  state_->batch.SetSavePoint();
  state_->undo.clear();
}

void RocksBatch::keep() {
  const auto status = state_->batch.PopSavePoint();
  MUST(status.ok());
}

void RocksBatch::roll_back() {
  const auto status = state_->batch.RollbackToSavePoint();
  MUST(status.ok());
  for (auto one = state_->undo.rbegin(); one != state_->undo.rend(); ++one) {
    if (one->was_there) {
      state_->overlay[one->key] = std::move(one->value);
    } else {
      state_->overlay.erase(one->key);
    }
  }
}

Result<> RocksDatabase::write(RocksBatch& batch, Durability durability) {
  if (auto sound = handles_->sound_log(); !sound) return sound;
  rocksdb::WriteOptions options;
  options.sync = durability == Durability::synced;
  const auto logged_before = handles_->logs->appended_bytes();
  const auto status = handles_->db->Write(options, &batch.state_->batch);
  if (status.ok()) {
    handles_->recent->take_over(std::move(batch.state_->overlay));
    return {};
  }
  if (handles_->logs->appended_bytes() != logged_before) handles_->has_refused_batch = true;
  return to_error(status, "writing");
}

}  // namespace greyhound::queue
