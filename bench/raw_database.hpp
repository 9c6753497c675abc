// RawDatabase: the queue's database opened past the store, with the store's own options and column
// families: to copy what a store wrote, to write the same without a store, to compact at the end.
// Owner: one benchmark; nothing else may have the folder open for writing.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "queue/rocks_handles.hpp"

namespace greyhound::bench {

struct RawEntry {
  queue::Family family;
  std::string key;
  std::string value;
};

class RawDatabase {
 public:
  RawDatabase(const queue::QueueSettings& settings, queue::OpenMode mode);

  // What the store keeps of the messages with these ids, by message, in the order of the ids, which
  // grow. A message's id is at the front of its keys, or in the index entry at their end.
  std::vector<std::vector<RawEntry>> entries_of(const std::vector<queue::MessageId>& ids) const;

  // One synced batch.
  void write(const std::vector<const RawEntry*>& entries, const std::string& last_id);

  void flush();        // memtables into tables
  void compact_all();  // every family, down to the last level

 private:
  std::unique_ptr<queue::RocksHandles> handles_;
};

}  // namespace greyhound::bench
