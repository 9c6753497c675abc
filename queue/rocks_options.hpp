// RocksOptions: how RocksDB is set up for the queue: memory, files, what recovery may drop.
// Owner:   RocksDatabase, while it opens.
// Limits:  memory of the settings; 512 open files (read-only: all there are).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "queue/queue_settings.hpp"
#include "queue/rocks_store.hpp"
#include "queue/volume.hpp"

namespace rocksdb {
class Cache;
class Env;
struct ColumnFamilyDescriptor;
struct DBOptions;
}  // namespace rocksdb

namespace greyhound::queue {

class RocksOptions {
 public:
  // `env` and `log` outlive the database; log: hears of background errors; nullptr: nobody does.
  RocksOptions(const QueueSettings& settings, rocksdb::Env* env, EventLog* log);

  rocksdb::DBOptions database(OpenMode mode) const;
  rocksdb::ColumnFamilyDescriptor family(const std::string& name) const;
  std::vector<rocksdb::ColumnFamilyDescriptor> families() const;  // in the order of Family

  // What the open that these options were for found damaged in the log, a line for each place.
  std::vector<std::string> log_damage() const;

 private:
  struct Damage;
  StoreSizes sizes_;
  rocksdb::Env* env_;
  EventLog* log_;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<Damage> damage_;
};

}  // namespace greyhound::queue
