// RocksCursor: one family in the order of its keys, a step at a time, past whatever cannot be read.
// A scan ends at the first damaged block or blob; this one finds the next key behind it that can be
// read, and says up to where nothing could.
// Owner:   a check or a repair; gone before the database is. Runs on: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "queue/rocks_database.hpp"
#include "runtime/result.hpp"

namespace greyhound::queue {

class RocksCursor {
 public:
  // Stands at the first entry of the range, as everything was at this moment.
  RocksCursor(const RocksDatabase& database, Family family, const KeyRange& range = all_keys());
  RocksCursor(const RocksCursor&) = delete;
  RocksCursor& operator=(const RocksCursor&) = delete;
  ~RocksCursor();

  bool is_at_end() const;
  void next();

  // False: nothing behind the entry before and up to key() can be read, and failure() is why. Of an
  // unreadable blob, key() is its key; of a damaged block it is a key that there may not be.
  bool is_readable() const;
  const Error& failure() const;  // only then

  // Until next() is called.
  std::string_view key() const;
  std::string_view value() const;  // empty unless is_readable()

 private:
  struct State;
  void look();
  void skip_unreadable();
  bool stop_at_blob();
  bool reads_from(const std::string& key);
  std::unique_ptr<State> state_;
};

}  // namespace greyhound::queue
