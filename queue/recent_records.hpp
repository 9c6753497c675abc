// RecentRecords: what was written or read a moment ago, at hand without a look into the database.
// Of mail on its way every record is read two or three times within milliseconds, each time through
// all tables in memory and on disk, where a look costs ten times as much as here.
// Owner:   RocksHandles. Runs on: any thread; take_over() on the one that writes.
// Limits:  holds `most_bytes`, keys and values and their places; what came first goes first.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "queue/rocks_database.hpp"

namespace greyhound::queue {

// By RecentRecords::key(); nullopt: it was erased.
using WrittenRecords = std::unordered_map<std::string, std::optional<std::string>>;

class RecentRecords {
 public:
  explicit RecentRecords(std::uint64_t most_bytes) : most_bytes_(most_bytes) {}

  // Families whose every change is handed to take_over().
  static bool holds(Family family);
  static std::string key(Family family, std::string_view key);

  struct Look {
    bool is_known = false;                   // false: only the database can say
    std::optional<std::string> record = {};  // nullopt: it was erased
    std::uint64_t turn = 0;
  };
  Look look(const std::string& key) const;

  // What is in the database now, and before any caller is told so.
  void take_over(WrittenRecords written);

  // What the database gave after a look that knew nothing, not of `bodies`. Dropped if it may have
  // changed since: that look's turn is over, or it is known now.
  void add_read(const std::string& key, std::string record, std::uint64_t turn);

 private:
  using Record = WrittenRecords::node_type;
  bool is_worth_its_place(const Record& record) const;
  void add(Record record);
  void forget(const std::string& key);

  const std::uint64_t most_bytes_;
  mutable std::mutex mutex_;
  // Two halves: when the younger is full, the older goes as a whole, and a turn is over. What is
  // written is known for longer than the turn that it was written in.
  WrittenRecords young_;
  WrittenRecords old_;
  std::uint64_t young_bytes_ = 0;
  std::uint64_t turn_ = 0;
};

}  // namespace greyhound::queue
