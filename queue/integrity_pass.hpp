// IntegrityPass: one reading of the whole queue, and what the parts of it share: where problems are
// told, and the changes that put them right.
// Owner:   check_integrity() and repair_queue(), for one pass. Runs on: their thread.
// Errors:  disk, disk_full. Damage is a finding.
#pragma once

#include <optional>
#include <string>

#include "queue/integrity.hpp"
#include "queue/rocks_cursor.hpp"
#include "queue/rocks_database.hpp"

namespace greyhound::queue {

// What a pass may do about a problem.
enum class Hands : std::uint8_t { off, on };

class Findings {
 public:
  Findings(IntegrityReport& report, const ProgressListener& listener)
      : report_(report), listener_(listener) {}

  void add(Finding finding, std::string subject, std::string what);
  void begin(std::string_view step);
  void step();  // one entry more was looked at
  IntegrityReport& report() { return report_; }
  const ProgressListener& listener() const { return listener_; }

 private:
  IntegrityReport& report_;
  const ProgressListener& listener_;
  Progress progress_{};
};

// The changes of a repair, written in batches of a bounded size. With hands off nothing happens.
class Repairs {
 public:
  Repairs(RocksDatabase& database, Hands hands, Instant now)
      : database_(database), hands_(hands), now_(now) {}

  bool is_on() const { return hands_ == Hands::on; }

  // Out of its family, as it is.
  Result<> quarantine(Family family,
                      std::string_view key,
                      std::string_view bytes,
                      const std::string& why);
  // Of a record in quarantine that cannot be read itself: stays where it is, as one that can.
  Result<> wrap(std::string_view key, std::string_view bytes, const std::string& why);
  Result<> put(Family family, std::string_view key, std::string_view value);
  Result<> erase(Family family, std::string_view key);  // of an index, or of what cannot be read
  Result<> flush();

  std::uint64_t count() const { return count_; }

 private:
  Result<> note_change();
  RocksBatch& batch();

  RocksDatabase& database_;
  const Hands hands_;
  const Instant now_;
  std::optional<RocksBatch> batch_;
  std::uint64_t count_ = 0;
};

// A number for a set of entries that does not depend on their order.
class Digest {
 public:
  void add(std::string_view key, std::string_view value);
  std::uint64_t count() const { return count_; }
  friend bool operator==(const Digest&, const Digest&) = default;

 private:
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t squares_ = 0;
};

// What the deliveries say should be in the indexes.
struct IndexDigests {
  Digest due;
  Digest expiry;
  Digest domains;
};

struct PassParts {
  const RocksDatabase& database;
  const QueueSettings& settings;
  Repairs& repairs;
  Findings& findings;
};

// Messages with their content and deliveries; gives what the indexes should be and the highest id.
struct MessagesSeen {
  IndexDigests expected;
  MessageId highest{0};
};
Result<MessagesSeen> check_messages(const PassParts& parts);

// The three indexes and their floors.
Result<> check_indexes(const PassParts& parts, const IndexDigests& expected);

// Sites, ledger, quarantine, meta.
Result<> check_side_records(const PassParts& parts, MessageId highest);

// What a delivery that waits has in an index: nothing if it is held.
struct IndexEntry {
  std::string key;
  std::string value;
};
IndexEntry index_entry(Family family, const Delivery& delivery);

std::string hex(std::string_view bytes);  // of keys that tell nothing else

}  // namespace greyhound::queue
