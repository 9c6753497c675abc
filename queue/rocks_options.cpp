#include "queue/rocks_options.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <functional>
#include <mutex>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/write_buffer_manager.h>
#include <sys/resource.h>

#include "queue/rocks_database.hpp"

namespace greyhound::queue {
namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;

// Hears RocksDB say what it could not read of the write-ahead log. It keeps no info log: that of
// its own ends the process when the disk is full.
class DamageLog final : public rocksdb::Logger {
 public:
  explicit DamageLog(std::function<void(std::string)> tell)
      : Logger(rocksdb::InfoLogLevel::WARN_LEVEL), tell_(std::move(tell)) {}

  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level == rocksdb::InfoLogLevel::WARN_LEVEL) hear(format, arguments);
  }

 private:
  void hear(const char* format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    std::array<char, 1024> line{};
    const int length = std::vsnprintf(line.data(), line.size(), format, again);
    va_end(again);
    const std::string_view heard(line.data());
    if (length > 0 && heard.find(": dropping ") != std::string_view::npos) tell_(line.data());
  }

  std::function<void(std::string)> tell_;
};

// The others are only walked along.
bool is_looked_up(const std::string& name) {
  return name == to_string(Family::messages) || name == to_string(Family::bodies) ||
         name == to_string(Family::deliveries) || name == to_string(Family::sites);
}

bool is_index(const std::string& name) {
  return name == to_string(Family::due) || name == to_string(Family::expiry) ||
         name == to_string(Family::domains);
}

// Whoever waits for a read or a write goes before flushes and compactions, which get a third of
// the machine when there is not enough for all: with much less, tables would pile up and slow down
// every read.
class Courtesy final : public rocksdb::EventListener {
 public:
  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { step_back(); }
  void OnCompactionBegin(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override { step_back(); }

 private:
  static void step_back() {
    constexpr int nice = 5;
    setpriority(PRIO_PROCESS, 0, nice);  // of the calling thread
  }
};

// What RocksDB does by itself, an operator should read in our log.
class ErrorListener final : public rocksdb::EventListener {
 public:
  explicit ErrorListener(EventLog& log) : log_(log) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    log_.error("queue_background_error",
               {{"what", status->ToString()}, {"then", "writes fail until it recovers"}});
  }
  void OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) override {
    log_.info("queue_recovered", {{"now", info.new_bg_error.ToString()}});
  }

 private:
  EventLog& log_;
};

}  // namespace

struct RocksOptions::Damage {
  void add(std::string line) {
    const std::lock_guard lock(mutex);
    constexpr std::size_t enough = 100;
    if (lines.size() < enough) lines.push_back(std::move(line));
  }
  std::mutex mutex;
  std::vector<std::string> lines;
};

RocksOptions::RocksOptions(const QueueSettings& settings, rocksdb::Env* env, EventLog* log)
    : sizes_(store_sizes(settings)),
      env_(env),
      log_(log),
      cache_(rocksdb::NewLRUCache(settings.memory_bytes - sizes_.recent, -1, false, 0.3)),
      damage_(std::make_shared<Damage>()) {}

std::vector<std::string> RocksOptions::log_damage() const {
  const std::lock_guard lock(damage_->mutex);
  return damage_->lines;
}

// One number bounds recent records, block cache and write buffers: the latter are charged to the
// cache.
rocksdb::DBOptions RocksOptions::database(OpenMode mode) const {
  rocksdb::DBOptions options;
  options.env = env_;
  options.listeners.push_back(std::make_shared<Courtesy>());
  if (log_ != nullptr) options.listeners.push_back(std::make_shared<ErrorListener>(*log_));
  options.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(sizes_.write_buffers, cache_, false);
  // No idle family pins old WAL, and a start reads no more than that.
  options.max_total_wal_size = sizes_.write_buffers / 2;
  // A torn, unacknowledged tail is dropped; any other damage stops the start. The default mode
  // opens after a flipped bit with half of the synced records silently gone.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.recycle_log_file_num = 0;
  options.avoid_flush_during_recovery = true;  // the start waits for no tables
  options.paranoid_checks = true;
  options.best_efforts_recovery = false;
  // A lost WAL is an error, not less mail. For readers too: RocksDB 7.8 aborts if a database that
  // was written with it is opened read-only without it.
  options.track_and_verify_wals_in_manifest = true;
  options.max_background_jobs = 4;  // a long compaction of one family holds up no other
  options.max_open_files = 512;
  options.bytes_per_sync = mib;
  options.avoid_unnecessary_blocking_io = true;
  options.manifest_preallocation_size = 64 * kib;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  const auto tell = [damage = damage_](std::string line) { damage->add(std::move(line)); };
  options.info_log = std::make_shared<DamageLog>(tell);
  if (mode == OpenMode::read_only) {
    options.max_open_files = -1;  // all at once: a live agent may delete them later
    return options;
  }
  options.create_if_missing = mode == OpenMode::read_write;
  options.create_missing_column_families = true;
  if (mode == OpenMode::salvage) {
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
    options.track_and_verify_wals_in_manifest = false;
    options.avoid_flush_during_recovery = false;  // of the damaged log nothing is needed any more
    options.paranoid_checks = false;  // a table that cannot be opened costs what is in it, no more
  }
  return options;
}

rocksdb::ColumnFamilyDescriptor RocksOptions::family(const std::string& name) const {
  // Index and filters are in the cache like everything else, so they must come in small pieces:
  // with ten million messages, a look-up would otherwise read a megabyte of filter each time that
  // the cache had to let go of it.
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache_;
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.pin_top_level_index_and_filter = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  if (is_looked_up(name)) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.partition_filters = true;
  }

  rocksdb::ColumnFamilyOptions options;
  options.optimize_filters_for_hits = true;  // what is looked up is nearly always there
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = sizes_.one_buffer;
  // Keys come in order, at two places of a family: what is accepted, and what is settled soon
  // after. The search for a place begins where the last one ended.
  options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(0));
  options.target_file_size_base = sizes_.table_file;
  options.max_bytes_for_level_base = 4 * sizes_.table_file;
  options.compression = rocksdb::kLZ4Compression;
  if (is_index(name)) {
    // Their changes are small and fall anywhere. With a first level as large as the family, each
    // handful of them would rewrite it all.
    options.target_file_size_base = sizes_.index_file;
    options.max_bytes_for_level_base = 4 * sizes_.index_file;
    // Entries live once; files in which most of them are gone are not worth walking through.
    constexpr std::size_t window = 4096;
    options.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(window, window / 2, 0.5));
  }
  if (name == to_string(Family::bodies)) {
    // Bodies are written to a blob file once and not moved about by compactions.
    options.enable_blob_files = true;
    options.min_blob_size = kib;
    options.blob_file_size = sizes_.blob_file;
    options.blob_compression_type = rocksdb::kLZ4Compression;
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
