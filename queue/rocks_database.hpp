// RocksDatabase and RocksBatch: RocksDB with its rough edges wrapped: handles and iterators that
// must be gone before the database is, options that keep synced writes, errors as Result. Nothing
// else of ours sees a RocksDB type.
// Owner:   RocksStore. Runs on: any thread; a batch on one at a time.
// Errors:  disk, disk_full, corrupt; get() also not_found; open() as open_rocks_store().
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/keys.hpp"
#include "queue/queue_settings.hpp"
#include "queue/rocks_store.hpp"
#include "queue/storage_lane.hpp"
#include "runtime/event_log.hpp"
#include "runtime/result.hpp"

namespace greyhound::queue {

// The column families. What each holds: docs/storage-format.md.
enum class Family : std::uint8_t {
  messages,
  bodies,
  deliveries,
  due,
  expiry,
  domains,
  incoming,
  sites,
  ledger,
  quarantine,
  meta,
};

inline constexpr std::array all_families{Family::messages,
                                         Family::bodies,
                                         Family::deliveries,
                                         Family::due,
                                         Family::expiry,
                                         Family::domains,
                                         Family::incoming,
                                         Family::sites,
                                         Family::ledger,
                                         Family::quarantine,
                                         Family::meta};
std::string_view to_string(Family family);

inline constexpr unsigned newest_schema = 3;

// An error of get(), in terms of what was looked for: "delivery 01J...-1 is not in the queue".
Error looked_for(const std::string& what, Error error);

// How far a read may go. What is in memory comes without a wait, so that any thread may ask for it;
// where that does not suffice, or takes long, the error is not_at_hand.
enum class Reach : std::uint8_t { memory, disk };

class RocksBatch;
struct RocksHandles;

class RocksDatabase {
 public:
  // `disk`: what to open it on, for tests of a failing one; nullptr: the file system.
  static Result<std::unique_ptr<RocksDatabase>> open(
      const QueueSettings& settings,
      OpenMode mode,
      EventLog* log = nullptr,
      const std::shared_ptr<rocksdb::FileSystem>& disk = nullptr);
  RocksDatabase(const RocksDatabase&) = delete;
  RocksDatabase& operator=(const RocksDatabase&) = delete;
  ~RocksDatabase();

  Result<std::string> get(Family family, std::string_view key, Reach reach = Reach::disk) const;

  // Shows the entries of the range in order, until `visit` gives false. The views end with the
  // call of `visit`.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  Result<> scan(Family family,
                const KeyRange& range,
                const Visit& visit,
                Reach reach = Reach::disk) const;
  // The same for long ranges that nobody reads again soon: they do not push others out of memory.
  Result<> scan_once(Family family, const KeyRange& range, const Visit& visit) const;

  // The first key of the range.
  Result<std::optional<std::string>> first_key(Family family, const KeyRange& range) const;

  // Gets the blocks on disk that the log needs for `bytes` more. An error: the batch must not be
  // written; whoever tries after an error tries again.
  Result<> make_room_in_log(std::uint64_t bytes);
  Result<> write(RocksBatch& batch, Durability durability);  // with success, `batch` is empty then
  Result<> sync();  // makes what was written buffered as durable as what was synced

  // Drops whole files of the family, oldest keys first: those with nothing at or behind
  // `first_kept`, and as many as it takes to get down to `most_bytes`. For families that only grow.
  Result<> drop_oldest_files(Family family, std::string_view first_kept, std::uint64_t most_bytes);

  // Lets go of files of the family whose entries were all deleted, without moving what is left.
  Result<> reclaim(Family family);

  // Writes what is in memory to tables and rewrites all of them: what was deleted is gone then.
  Result<> compact();
  // A copy in `folder`, which must not exist, as of one moment.
  Result<> copy_to(const std::filesystem::path& folder) const;
  // Reads every table and checks its checksums; those of blobs are checked as they are read.
  Result<> verify_checksums() const;
  // Table by table: a line for each that is damaged, with the file's name.
  using Told = std::function<void(std::uint64_t tables)>;
  std::vector<std::string> damaged_tables(const Told& checked) const;
  std::vector<std::string> log_damage() const;  // what opening it passed over (OpenMode::salvage)
  unsigned schema() const;

 private:
  friend class RocksBatch;
  friend class RocksCursor;
  explicit RocksDatabase(std::unique_ptr<RocksHandles> handles);
  std::unique_ptr<RocksHandles> handles_;
};

// Changes that will be written together; get() sees them as if they were.
class RocksBatch {
 public:
  explicit RocksBatch(const RocksDatabase& database);
  RocksBatch(const RocksBatch&) = delete;
  RocksBatch& operator=(const RocksBatch&) = delete;
  ~RocksBatch();

  // Of messages, bodies, deliveries, incoming, sites and quarantine only.
  Result<std::string> get(Family family, std::string_view key) const;
  std::uint64_t size_bytes() const;
  void put(Family family, std::string_view key, std::string value);
  void erase(Family family, std::string_view key);
  bool is_empty() const;

  void begin();      // what follows can be undone alone ...
  void keep();       // ... stays
  void roll_back();  // ... goes

 private:
  friend class RocksDatabase;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace greyhound::queue
