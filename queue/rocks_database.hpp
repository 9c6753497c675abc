// RocksDatabase and RocksBatch: RocksDB with its rough edges wrapped: handles and iterators that
// must be gone before the database is, options that keep synced writes, errors as Result. Nothing
// else of ours sees a RocksDB type.
// Owner:   RocksStore. Runs on: any thread; a batch on one at a time.
// Errors:  disk, disk_full, corrupt; get() also not_found; open() as open_rocks_store().
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "queue/keys.hpp"
#include "queue/queue_settings.hpp"
#include "queue/rocks_store.hpp"
#include "queue/storage_lane.hpp"
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
  meta,
};

inline constexpr std::array all_families{Family::messages,
                                         Family::bodies,
                                         Family::deliveries,
                                         Family::due,
                                         Family::expiry,
                                         Family::domains,
                                         Family::incoming,
                                         Family::meta};
std::string_view to_string(Family family);

inline constexpr unsigned newest_schema = 1;

// An error of get(), in terms of what was looked for: "delivery 01J...-1 is not in the queue".
Error looked_for(const std::string& what, Error error);

class RocksBatch;

class RocksDatabase {
 public:
  static Result<std::unique_ptr<RocksDatabase>> open(const QueueSettings& settings, OpenMode mode);
  RocksDatabase(const RocksDatabase&) = delete;
  RocksDatabase& operator=(const RocksDatabase&) = delete;
  ~RocksDatabase();

  Result<std::string> get(Family family, std::string_view key) const;

  // Shows the entries of the range in order, until `visit` gives false. The views end with the
  // call of `visit`.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  Result<> scan(Family family, const KeyRange& range, const Visit& visit) const;

  Result<> write(RocksBatch& batch, Durability durability);
  Result<> sync();  // makes what was written buffered as durable as what was synced

 private:
  friend class RocksBatch;
  struct State;
  explicit RocksDatabase(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Changes that will be written together; get() sees them as if they were.
class RocksBatch {
 public:
  explicit RocksBatch(const RocksDatabase& database);
  RocksBatch(const RocksBatch&) = delete;
  RocksBatch& operator=(const RocksBatch&) = delete;
  ~RocksBatch();

  Result<std::string> get(Family family, std::string_view key) const;
  void put(Family family, std::string_view key, std::string_view value);
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
