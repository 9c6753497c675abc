#include "queue/rocks_cursor.hpp"

#include <optional>

#include <rocksdb/options.h>
#include <rocksdb/utilities/debug.h>

#include "queue/rocks_handles.hpp"
#include "runtime/must.hpp"

namespace greyhound::queue {
namespace {

// Keys as numbers of a fixed width, so that it can be searched between two of them. Of families
// whose keys are longer than that, the search may pass over what shares its beginning with the
// damage.
std::size_t width_of(Family family) {
  constexpr std::size_t id_bytes = 8;
  switch (family) {
    case Family::messages:
    case Family::incoming:
      return id_bytes;
    case Family::deliveries:
      return id_bytes + 2;
    case Family::bodies:
      return id_bytes + 4;
    default:
      return 48;
  }
}

// `key` plus 2 to the power of `bit`; false: that is beyond the last key.
bool add_bit(std::string& key, std::size_t bit) {
  auto place = key.size() - 1 - bit / 8;
  unsigned sum = static_cast<unsigned char>(key[place]) + (1U << (bit % 8));
  key[place] = static_cast<char>(sum & 0xff);
  while (sum > 0xff) {
    if (place == 0) return false;
    --place;
    sum = static_cast<unsigned char>(key[place]) + 1U;
    key[place] = static_cast<char>(sum & 0xff);
  }
  return true;
}

// The first key behind `before` whose newest version is no deletion, told without reading blobs.
// nullopt: there is none up to `end`, or the tables do not say.
std::optional<std::string> next_key(rocksdb::DB& db,
                                    rocksdb::ColumnFamilyHandle* family,
                                    std::string before,
                                    const std::string& end) {
  constexpr std::size_t at_once = 64;
  constexpr int deletion = 0;
  constexpr int single_deletion = 7;
  for (;;) {
    std::vector<rocksdb::KeyVersion> versions;
    const auto from = before + '\0';
    const auto read = rocksdb::GetAllKeyVersions(&db, family, from, end, at_once, &versions);
    if (!read.ok() || versions.empty()) return std::nullopt;
    for (const auto& version : versions) {
      if (version.user_key == before) continue;  // an older one
      if (version.user_key >= end) return std::nullopt;
      before = version.user_key;
      if (version.type != deletion && version.type != single_deletion) return before;
    }
  }
}

}  // namespace

struct RocksCursor::State {
  rocksdb::DB* db = nullptr;
  rocksdb::ColumnFamilyHandle* blobs = nullptr;  // of a family that has them
  std::string first;
  std::string end;
  rocksdb::Slice end_slice;
  std::size_t width = 0;
  std::unique_ptr<rocksdb::Iterator> entry;  // none: the family is not there
  std::string before;  // the last key that was read, or where the range begins
  std::optional<Error> failure;
  std::string unreadable;  // up to here, while there is a failure
  std::string resume;      // then it goes on from here
};

RocksCursor::RocksCursor(const RocksDatabase& database, Family family, const KeyRange& range)
    : state_(std::make_unique<State>()) {
  auto& state = *state_;
  state.before = state.first = range.first;
  state.end = range.end;
  state.end_slice = to_slice(state.end);
  state.width = width_of(family);
  auto* const handle = database.handles_->of(family);
  if (handle == nullptr) return;
  state.db = database.handles_->db.get();
  if (family == Family::bodies) state.blobs = handle;
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &state.end_slice;
  options.fill_cache = false;
  state.entry.reset(database.handles_->db->NewIterator(options, handle));
  state.entry->Seek(to_slice(state.first));
  look();
}

RocksCursor::~RocksCursor() = default;

bool RocksCursor::is_at_end() const {
  return !state_->failure && (!state_->entry || !state_->entry->Valid());
}

bool RocksCursor::is_readable() const {
  return !state_->failure;
}

const Error& RocksCursor::failure() const {
  const auto& failure = state_->failure;
  MUST(failure.has_value());
  return *failure;
}

std::string_view RocksCursor::key() const {
  return state_->failure ? std::string_view(state_->unreadable) : to_view(state_->entry->key());
}

std::string_view RocksCursor::value() const {
  return state_->failure ? std::string_view() : to_view(state_->entry->value());
}

void RocksCursor::next() {
  auto& state = *state_;
  if (state.failure) {
    state.before = std::move(state.unreadable);
    state.failure.reset();
    if (state.entry) state.entry->Seek(to_slice(state.resume));
  } else {
    state.before.assign(state.entry->key().data(), state.entry->key().size());
    state.entry->Next();
  }
  look();
}

void RocksCursor::look() {
  const auto& entry = state_->entry;
  if (entry && !entry->Valid() && !entry->status().ok()) skip_unreadable();
}

bool RocksCursor::reads_from(const std::string& key) {
  state_->entry->Seek(to_slice(key));
  return state_->entry->status().ok();
}

// Of a damaged blob the key is known; the iterator goes on behind it when next() is called.
bool RocksCursor::stop_at_blob() {
  auto& state = *state_;
  if (state.blobs == nullptr) return false;
  auto key = next_key(*state.db, state.blobs, state.before, state.end);
  if (!key) return false;
  std::string bytes;
  const auto status = state.db->Get(rocksdb::ReadOptions(), state.blobs, to_slice(*key), &bytes);
  if (status.ok() || status.IsNotFound()) return false;
  state.failure = to_error(status, "reading");
  state.resume = *key + '\0';
  state.unreadable = std::move(*key);
  return true;
}

// Doubles the distance until something can be read again, then halves what lies between. `bad` is
// the highest key from which nothing is known to be readable.
void RocksCursor::skip_unreadable() {
  auto& state = *state_;
  if (stop_at_blob()) return;
  state.failure = to_error(state.entry->status(), "reading");
  auto bad = state.before;
  bad.resize(state.width, '\0');
  const auto bits = state.width * 8;
  std::size_t bit = 0;
  auto good = bad;
  for (;; ++bit) {
    good = bad;
    if (bit == bits || !add_bit(good, bit)) {  // nothing more to the end of the family
      state.unreadable = state.end;
      state.entry.reset();
      return;
    }
    if (good >= state.end || reads_from(good)) break;
    bad = good;
  }
  while (bit > 0) {
    auto middle = bad;
    --bit;
    if (add_bit(middle, bit) && middle < state.end && !reads_from(middle)) bad = middle;
  }
  state.unreadable = state.resume = bad;
  add_bit(state.resume, 0);
}

}  // namespace greyhound::queue
