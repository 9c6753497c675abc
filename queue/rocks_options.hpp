// RocksOptions: how RocksDB is set up for the queue: memory, files, what recovery may drop.
// Owner:   RocksDatabase, while it opens.
// Limits:  memory of the settings; 512 open files (read-only: all there are); 4 info logs of 4 MiB.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "queue/queue_settings.hpp"
#include "queue/rocks_store.hpp"

namespace rocksdb {
class Cache;
struct ColumnFamilyDescriptor;
struct DBOptions;
}  // namespace rocksdb

namespace greyhound::queue {

class RocksOptions {
 public:
  explicit RocksOptions(const QueueSettings& settings);

  rocksdb::DBOptions database(OpenMode mode) const;
  rocksdb::ColumnFamilyDescriptor family(const std::string& name) const;
  std::vector<rocksdb::ColumnFamilyDescriptor> families() const;  // in the order of Family

 private:
  std::uint64_t memory_bytes_;
  std::shared_ptr<rocksdb::Cache> cache_;
};

}  // namespace greyhound::queue
