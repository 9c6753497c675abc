// Integrity: whether everything in a queue folder can be read and fits together, in constant
// memory; and a repair that puts aside what cannot be used. Nothing of the mail is ever deleted: a
// record that is of no use is kept in `quarantine` as it was, and before a repair changes anything
// it keeps a copy of the whole folder next to it.
// Runs on: the calling thread, for as long as it takes to read the queue once.
// Errors:  as open_rocks_store(). What a damaged queue is like is no error but the report.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "queue/queue_settings.hpp"
#include "queue/rocks_database.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"
#include "runtime/result.hpp"

namespace greyhound::queue {

enum class Finding : std::uint8_t {
  open_refused,              // damaged so that it does not open
  log_damaged,               // of the write-ahead log, what a repair could not read
  table_damaged,             // a file with a wrong checksum
  stretch_unreadable,        // keys between two that can be read
  key_malformed,             //
  message_unreadable,        //
  message_without_delivery,  //
  message_count_wrong,       // of its deliveries
  content_missing,           //
  content_unreadable,        //
  content_size_wrong,        //
  content_without_message,   //
  delivery_unreadable,       //
  delivery_without_message,  //
  delivery_closed,           // and still there
  entry_missing,             // of an index
  entry_wrong,               //
  entry_without_delivery,    //
  floor_too_high,            // there are entries below
  last_id_too_low,           //
  incoming_claimed,          // marked as coming in, and there
  site_unreadable,           //
  ledger_unreadable,         //
  quarantine_unreadable,     //
};
inline constexpr std::size_t finding_count =
    static_cast<std::size_t>(Finding::quarantine_unreadable) + 1;
std::string_view to_string(Finding finding);  // stable: "entry_missing"

struct Problem {
  Finding finding;
  std::string subject;  // the id, or the file, or the name
  std::string what;     // in words
};

struct DeliveryCounts {
  std::uint64_t fresh = 0;  // never tried
  std::uint64_t waiting = 0;
  std::uint64_t in_doubt = 0;
  std::uint64_t held = 0;
  std::uint64_t undeliverable = 0;
  std::uint64_t quarantined = 0;
};

struct IntegrityReport {
  static constexpr std::size_t most_examples = 20;  // of each kind

  unsigned schema = 0;
  std::array<std::uint64_t, all_families.size()> entries{};  // in the order of Family
  DeliveryCounts deliveries;
  std::uint64_t content_bytes = 0;

  std::array<std::uint64_t, finding_count> totals{};  // in the order of Finding
  std::vector<Problem> examples;

  std::uint64_t repaired = 0;                           // changes that a repair made
  std::optional<std::filesystem::path> kept_copy = {};  // of the folder as the repair found it

  std::uint64_t total(Finding finding) const { return totals[static_cast<std::size_t>(finding)]; }
  bool is_clean() const;
};

struct Progress {
  std::string step;
  std::uint64_t done = 0;
};
using ProgressListener = std::function<void(const Progress& progress)>;

// Reads only, also next to a running agent: what it sees is as of one moment.
Result<IntegrityReport> check_integrity(const QueueSettings& settings,
                                        EventLog& log,
                                        const ProgressListener& listener);

// Checks, and if there is something wrong, puts it right; a check after it finds nothing. The
// report is of what was found. Fault::busy while anybody has the queue open; disk_full if there is
// no room for a new copy of tables that are damaged.
Result<IntegrityReport> repair_queue(const QueueSettings& settings,
                                     const Clock& clock,
                                     EventLog& log,
                                     const ProgressListener& listener);

}  // namespace greyhound::queue
