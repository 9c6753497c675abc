#include "bench/raw_database.hpp"

#include <algorithm>
#include <optional>

#include "bench/callers.hpp"
#include "queue/keys.hpp"

namespace greyhound::bench {
namespace {

using queue::Family;
using queue::MessageId;

void check(const rocksdb::Status& status) {
  if (!status.ok()) give_up("RocksDB: " + status.ToString());
}

constexpr std::size_t id_length = 8;
constexpr std::size_t delivery_number_length = 2;

// Where in the ids the one at `offset` of the key is.
std::optional<std::size_t> place_of(const std::vector<MessageId>& ids,
                                    const rocksdb::Slice& key,
                                    std::size_t offset) {
  if (offset + id_length > key.size()) return std::nullopt;
  const auto id = queue::parse_message_key({key.data() + offset, id_length});
  if (!id) return std::nullopt;
  const auto found = std::lower_bound(ids.begin(), ids.end(), *id);
  if (found == ids.end() || *found != *id) return std::nullopt;
  return static_cast<std::size_t>(found - ids.begin());
}

bool starts_with_id(Family family) {
  return family == Family::messages || family == Family::bodies || family == Family::deliveries;
}

}  // namespace

// Next to a store that writes, a file may go between reading its name and opening it; then again.
RawDatabase::RawDatabase(const queue::QueueSettings& settings, queue::OpenMode mode) {
  auto opened = queue::RocksHandles::open(settings, mode, {});
  const int most_tries = mode == queue::OpenMode::read_only ? 20 : 1;
  for (int tries = 1; tries < most_tries && !opened; ++tries)
    opened = queue::RocksHandles::open(settings, mode, {});
  handles_ = need(std::move(opened));
}

std::vector<std::vector<RawEntry>> RawDatabase::entries_of(
    const std::vector<MessageId>& ids) const {
  std::vector<std::vector<RawEntry>> entries(ids.size());
  for (const auto family : queue::all_families) {
    if (family == Family::meta) continue;
    const std::unique_ptr<rocksdb::Iterator> at(
        handles_->db->NewIterator(rocksdb::ReadOptions(), handles_->of(family)));
    const bool is_first = starts_with_id(family);
    if (is_first) {
      at->Seek(queue::message_key(ids.front()));
    } else {
      at->SeekToFirst();
    }
    for (; at->Valid(); at->Next()) {
      const auto key = at->key();
      const auto behind = id_length + delivery_number_length;
      const auto place = is_first              ? place_of(ids, key, 0)
                         : key.size() < behind ? std::nullopt
                                               : place_of(ids, key, key.size() - behind);
      if (!place) continue;
      entries[*place].push_back({family, key.ToString(), at->value().ToString()});
    }
    check(at->status());
  }
  return entries;
}

void RawDatabase::write(const std::vector<const RawEntry*>& entries, const std::string& last_id) {
  rocksdb::WriteBatch batch;
  for (const auto* entry : entries)
    check(batch.Put(handles_->of(entry->family), entry->key, entry->value));
  check(batch.Put(handles_->of(Family::meta), "last_id", last_id));
  rocksdb::WriteOptions synced;
  synced.sync = true;
  check(handles_->db->Write(synced, &batch));
}

void RawDatabase::flush() {
  check(handles_->db->Flush(rocksdb::FlushOptions(), handles_->all));
}

void RawDatabase::compact_all() {
  flush();
  for (auto* handle : handles_->all)
    check(handles_->db->CompactRange(rocksdb::CompactRangeOptions(), handle, nullptr, nullptr));
}

}  // namespace greyhound::bench
