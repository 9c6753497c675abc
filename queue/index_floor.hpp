// IndexFloor: where the entries of a time-ordered index begin. Entries are taken from its start all
// the time, and each leaves a deletion marker that a reader from the start would walk over; below
// the floor nothing exists, so nobody looks there. It is persisted, and lowered in the same batch
// as an entry that is put below it.
// Owner:   RocksStore. Runs on: key() anywhere, the rest on the storage lane (writer).
// Errors:  disk, corrupt.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "queue/rocks_database.hpp"

namespace greyhound::queue {

class IndexFloor {
 public:
  // `name`: of its entry in meta.
  IndexFloor(Family family, std::string_view name) : family_(family), name_(name) {}

  Result<> load(const RocksDatabase& database);

  std::string key() const;  // "": no floor

  // Before the batch is written; `lowest` is the lowest key that it puts, "" if it puts none.
  void lower(std::string_view lowest, RocksBatch& batch);
  void note_written();  // it was

  // After `erased` more entries were taken out: looks for the new start once that is worth it. Goes
  // to disk with the next batch.
  Result<> note_erased(std::uint64_t erased, const RocksDatabase& database);

 private:
  static constexpr std::uint64_t worth_a_look = 512;

  void set(std::string key);

  const Family family_;
  const std::string name_;
  mutable std::mutex mutex_;  // guards key_
  std::string key_;
  std::string persisted_;
  std::string in_batch_;
  std::uint64_t erased_ = 0;
};

}  // namespace greyhound::queue
