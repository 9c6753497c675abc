#include "queue/integrity.hpp"

#include <algorithm>
#include <exception>

#include "queue/backup.hpp"
#include "queue/folder_copy.hpp"
#include "queue/integrity_pass.hpp"
#include "queue/volume.hpp"

namespace greyhound::queue {
namespace {

namespace fs = std::filesystem;

// Everything but the indexes, which are made anew from the deliveries.
constexpr std::array kept_families{Family::messages,
                                   Family::bodies,
                                   Family::deliveries,
                                   Family::incoming,
                                   Family::sites,
                                   Family::ledger,
                                   Family::quarantine,
                                   Family::meta};

Result<> check_all(const PassParts& parts) {
  const auto messages = check_messages(parts);
  if (!messages) return messages.error();
  if (auto checked = check_indexes(parts, messages->expected); !checked) return checked;
  return check_side_records(parts, messages->highest);
}

void check_tables(const RocksDatabase& database, Findings& findings) {
  findings.begin("tables");
  const auto step = [&findings](std::uint64_t) { findings.step(); };
  for (const auto& line : database.damaged_tables(step)) {
    const auto end = line.find(' ');
    findings.add(Finding::table_damaged, line.substr(0, end), line);
  }
}

bool is_of_index(std::string_view meta_key) {
  return meta_key == "due_floor" || meta_key == "expiry_floor" || meta_key == "schema";
}

Result<> copy_entry(Family family, const RocksCursor& entry, Repairs& into) {
  if (!entry.is_readable()) return {};
  if (family == Family::meta && is_of_index(entry.key())) return {};
  return into.put(family, entry.key(), entry.value());
}

// Writes what can be read to a new queue in `folder`.
Result<> copy_readable(const RocksDatabase& from,
                       QueueSettings settings,
                       const fs::path& folder,
                       Findings& findings) {
  settings.folder = folder;
  auto to = RocksDatabase::open(settings, OpenMode::read_write);
  if (!to) return to.error();
  Repairs copies(**to, Hands::on, Instant());
  for (const auto family : kept_families) {
    findings.begin("saving " + std::string(to_string(family)));
    for (RocksCursor entry(from, family); !entry.is_at_end(); entry.next()) {
      if (auto copied = copy_entry(family, entry, copies); !copied) return copied;
      findings.step();
    }
  }
  if (auto flushed = copies.flush(); !flushed) return flushed;
  return (*to)->sync();
}

class Repair {
 public:
  Repair(const QueueSettings& settings,
         const Clock& clock,
         EventLog& log,
         const ProgressListener& listener)
      : settings_(settings), clock_(clock), log_(log), findings_(report_, listener) {}

  Result<IntegrityReport> run();

 private:
  Result<> open();
  Result<> salvage(const Error& why);
  Result<> rebuild();
  Result<bool> is_sound();
  Result<> keep_copy();
  Result<> put_right();

  const QueueSettings& settings_;
  const Clock& clock_;
  EventLog& log_;
  IntegrityReport report_;
  Findings findings_;
  std::unique_ptr<RocksDatabase> database_;
};

Result<IntegrityReport> Repair::run() {
  auto done = open();
  if (!done) return done.error();
  check_tables(*database_, findings_);
  if (report_.total(Finding::table_damaged) > 0) {
    if (done = rebuild(); !done) return done.error();
  }
  const auto sound = is_sound();
  if (!sound) return sound.error();
  if (!*sound) {
    done = keep_copy();
    if (done) done = put_right();
    if (!done) return done.error();
  }
  report_.schema = database_->schema();
  if (done = database_->sync(); !done) return done.error();
  database_.reset();
  if (done = give_to_owner_above(settings_.folder); !done) return done.error();
  return std::move(report_);
}

// A queue that is not there is not made.
Result<> Repair::open() {
  std::error_code failure;
  if (!fs::exists(settings_.folder / "CURRENT", failure)) {
    return Error{Fault::not_found, "there is no queue in " + settings_.folder.string()};
  }
  auto opened = RocksDatabase::open(settings_, OpenMode::read_write, &log_);
  if (opened) {
    database_ = std::move(*opened);
    return {};
  }
  if (opened.error().fault != Fault::corrupt) return opened.error();
  return salvage(opened.error());
}

Result<> Repair::salvage(const Error& why) {
  findings_.add(Finding::open_refused, settings_.folder.string(), why.what);
  const auto copy = name_beside(settings_.folder, "before-repair", clock_.wall());
  if (auto copied = copy_folder(settings_.folder, copy, CopyBy::linking); !copied) return copied;
  report_.kept_copy = copy;
  auto opened = RocksDatabase::open(settings_, OpenMode::salvage, &log_);
  if (!opened) {
    auto error = opened.error();
    error.what += "; a copy of the folder is in " + copy.string();
    return error;
  }
  database_ = std::move(*opened);
  for (const auto& line : database_->log_damage()) {
    findings_.add(
        Finding::log_damaged, fs::path(line.substr(0, line.find(':'))).filename().string(), line);
    ++report_.repaired;
  }
  return {};
}

// A damaged table cannot be mended: all that can be read goes into a new queue, and the old folder
// is what is kept.
Result<> Repair::rebuild() {
  const auto volume = measure_volume(settings_.folder);
  if (!volume) return volume.error();
  const auto needed = folder_bytes(settings_.folder) * 2;
  if (volume->free_bytes < needed) {
    return Error{Fault::disk_full,
                 "tables are damaged, and to save what is in them takes " +
                     std::to_string(needed >> 20) + " MiB of free space next to " +
                     settings_.folder.string()};
  }
  database_.reset();
  auto damaged = RocksDatabase::open(settings_, OpenMode::salvage, &log_);
  if (!damaged) return damaged.error();
  const auto now = clock_.wall();
  const auto fresh = name_beside(settings_.folder, "saved", now);
  if (auto copied = copy_readable(**damaged, settings_, fresh, findings_); !copied) return copied;
  if (auto copied = copy_marks(settings_.folder, fresh); !copied) return copied;
  damaged->reset();
  const auto old = name_beside(settings_.folder, "before-repair", now);
  if (auto replaced = replace_folder(fresh, settings_.folder, old); !replaced) return replaced;
  if (!report_.kept_copy) report_.kept_copy = old;
  ++report_.repaired;
  auto opened = RocksDatabase::open(settings_, OpenMode::read_write, &log_);
  if (!opened) return opened.error();
  database_ = std::move(*opened);
  return {};
}

// What this finds is what the report says; the repair after it meets the same once more.
Result<bool> Repair::is_sound() {
  IntegrityReport found;
  Findings findings(found, findings_.listener());
  Repairs nothing(*database_, Hands::off, Instant());
  auto checked = check_all({*database_, settings_, nothing, findings});
  if (!checked) return checked.error();
  const bool is_sound = found.is_clean();
  for (std::size_t i = 0; i < finding_count; ++i)
    found.totals[i] += report_.totals[i];
  found.examples.insert(found.examples.begin(), report_.examples.begin(), report_.examples.end());
  found.repaired = report_.repaired;
  found.kept_copy = report_.kept_copy;
  report_ = std::move(found);
  return is_sound;
}

Result<> Repair::keep_copy() {
  if (report_.kept_copy) return {};
  const auto copy = name_beside(settings_.folder, "before-repair", clock_.wall());
  database_.reset();  // no compaction takes files away meanwhile
  if (auto copied = copy_folder(settings_.folder, copy, CopyBy::linking); !copied) return copied;
  report_.kept_copy = copy;
  auto opened = RocksDatabase::open(settings_, OpenMode::read_write, &log_);
  if (!opened) return opened.error();
  database_ = std::move(*opened);
  return {};
}

Result<> Repair::put_right() {
  IntegrityReport again;
  Findings findings(again, findings_.listener());
  Repairs repairs(*database_, Hands::on, clock_.wall());
  auto repaired = check_all({*database_, settings_, repairs, findings});
  if (!repaired) return repaired;
  report_.repaired += repairs.count();
  report_.deliveries = again.deliveries;
  if (again.total(Finding::content_unreadable) == 0) return {};
  return database_->compact();  // so that no file that is damaged or missing is asked for any more
}

}  // namespace

std::string_view to_string(Finding finding) {
  constexpr std::array<std::string_view, finding_count> names{"open_refused",
                                                              "log_damaged",
                                                              "table_damaged",
                                                              "stretch_unreadable",
                                                              "key_malformed",
                                                              "message_unreadable",
                                                              "message_without_delivery",
                                                              "message_count_wrong",
                                                              "content_missing",
                                                              "content_unreadable",
                                                              "content_size_wrong",
                                                              "content_without_message",
                                                              "delivery_unreadable",
                                                              "delivery_without_message",
                                                              "delivery_closed",
                                                              "entry_missing",
                                                              "entry_wrong",
                                                              "entry_without_delivery",
                                                              "floor_too_high",
                                                              "last_id_too_low",
                                                              "incoming_claimed",
                                                              "site_unreadable",
                                                              "ledger_unreadable",
                                                              "quarantine_unreadable"};
  return names[static_cast<std::size_t>(finding)];
}

bool IntegrityReport::is_clean() const {
  return std::all_of(totals.begin(), totals.end(), [](std::uint64_t total) { return total == 0; });
}

Result<IntegrityReport> check_integrity(const QueueSettings& settings,
                                        EventLog& log,
                                        const ProgressListener& listener) {
  try {
    IntegrityReport report;
    Findings findings(report, listener);
    auto database = RocksDatabase::open(settings, OpenMode::read_only, &log);
    if (!database && database.error().fault != Fault::corrupt) return database.error();
    if (!database) {
      findings.add(Finding::open_refused, settings.folder.string(), database.error().what);
      return report;
    }
    report.schema = (*database)->schema();
    check_tables(**database, findings);
    Repairs nothing(**database, Hands::off, Instant());
    auto checked = check_all({**database, settings, nothing, findings});
    if (!checked) return checked.error();
    return report;
  } catch (const std::exception& thrown) {
    return Error{Fault::disk, "queue " + settings.folder.string() + ": " + thrown.what()};
  }
}

Result<IntegrityReport> repair_queue(const QueueSettings& settings,
                                     const Clock& clock,
                                     EventLog& log,
                                     const ProgressListener& listener) {
  try {
    Repair repair(settings, clock, log, listener);
    return repair.run();
  } catch (const std::exception& thrown) {
    return Error{Fault::disk, "queue " + settings.folder.string() + ": " + thrown.what()};
  }
}

}  // namespace greyhound::queue
