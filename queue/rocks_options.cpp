#include "queue/rocks_options.hpp"

#include <algorithm>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include "queue/rocks_database.hpp"

namespace greyhound::queue {
namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;

// A read-only guest writes no log of its own next to that of the agent.
class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

}  // namespace

RocksOptions::RocksOptions(const QueueSettings& settings)
    : memory_bytes_(settings.memory_bytes),
      cache_(rocksdb::NewLRUCache(settings.memory_bytes, -1, false, 0.3)) {}

// One number bounds block cache and write buffers: the latter are charged to the cache.
rocksdb::DBOptions RocksOptions::database(OpenMode mode) const {
  rocksdb::DBOptions options;
  options.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(memory_bytes_ / 2, cache_, false);
  options.max_total_wal_size = std::max(memory_bytes_ / 2, 4 * mib);  // no idle family pins old WAL
  // A torn, unacknowledged tail is dropped; any other damage stops the start. The default mode
  // opens after a flipped bit with half of the synced records silently gone.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.recycle_log_file_num = 0;
  options.paranoid_checks = true;
  options.best_efforts_recovery = false;
  // A lost WAL is an error, not less mail. For readers too: RocksDB 7.8 aborts if a database that
  // was written with it is opened read-only without it.
  options.track_and_verify_wals_in_manifest = true;
  options.max_background_jobs = 2;
  options.max_open_files = 512;
  options.bytes_per_sync = mib;
  options.avoid_unnecessary_blocking_io = true;
  options.manifest_preallocation_size = 64 * kib;
  options.keep_log_file_num = 4;
  options.max_log_file_size = 4 * mib;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  if (mode == OpenMode::read_only) {
    options.info_log = std::make_shared<NoLog>();
    options.max_open_files = -1;  // all at once: a live agent may delete them later
    return options;
  }
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  return options;
}

rocksdb::ColumnFamilyDescriptor RocksOptions::family(const std::string& name) const {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache_;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));

  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = std::clamp(memory_bytes_ / 8, mib, 32 * mib);
  options.compression = rocksdb::kLZ4Compression;
  if (name == to_string(Family::bodies)) {
    // Bodies are written to a blob file once and not moved about by compactions.
    options.enable_blob_files = true;
    options.min_blob_size = kib;
    options.blob_file_size = std::clamp(memory_bytes_ / 4, 2 * mib, 64 * mib);
    options.blob_compression_type = rocksdb::kZSTD;
    options.enable_blob_garbage_collection = true;
    options.blob_garbage_collection_age_cutoff = 0.5;
    options.blob_garbage_collection_force_threshold = 0.5;
  }
  return {name, options};
}

// RocksDB insists on a family named "default", which stays empty.
std::vector<rocksdb::ColumnFamilyDescriptor> RocksOptions::families() const {
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.reserve(all_families.size() + 1);
  for (const auto one : all_families)
    families.push_back(family(std::string(to_string(one))));
  families.push_back(family(rocksdb::kDefaultColumnFamilyName));
  return families;
}

}  // namespace greyhound::queue
