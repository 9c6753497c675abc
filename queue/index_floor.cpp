#include "queue/index_floor.hpp"

namespace greyhound::queue {

Result<> IndexFloor::load(const RocksDatabase& database) {
  auto stored = database.get(Family::meta, name_);
  if (!stored && stored.error().fault == Fault::not_found) return {};
  if (!stored) return stored.error();
  if (!stored->empty() && !parse_due_key(*stored)) {
    return Error{Fault::corrupt, "queue: the " + name_ + " does not decode"};
  }
  persisted_ = in_batch_ = *stored;
  set(std::move(*stored));
  return {};
}

std::string IndexFloor::key() const {
  const std::lock_guard lock(mutex_);
  return key_;
}

void IndexFloor::set(std::string key) {
  const std::lock_guard lock(mutex_);
  key_ = std::move(key);
}

void IndexFloor::lower(std::string_view lowest, RocksBatch& batch) {
  if (!lowest.empty() && lowest < key_) set(std::string(lowest));
  in_batch_ = key_;
  if (in_batch_ != persisted_) batch.put(Family::meta, name_, in_batch_);
}

void IndexFloor::note_written() {
  persisted_ = in_batch_;
}

Result<> IndexFloor::note_erased(std::uint64_t erased, const RocksDatabase& database) {
  erased_ += erased;
  if (erased_ < worth_a_look) return {};
  erased_ = 0;
  const auto looked = database.first_key(family_, {key_, all_keys().end});
  if (!looked) return looked.error();
  const auto& first = *looked;
  if (first && *first > key_) set(*first);
  return {};
}

}  // namespace greyhound::queue
