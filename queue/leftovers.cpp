#include "queue/leftovers.hpp"

#include "queue/changes.hpp"

namespace greyhound::queue {
namespace {

Result<> erase_unclaimed(RocksDatabase& database, MessageId id) {
  RocksBatch batch(database);
  batch.erase(Family::incoming, message_key(id));
  const auto visit = [&batch](std::string_view key, std::string_view) {
    batch.erase(Family::bodies, key);
    return true;
  };
  const auto claimed = database.get(Family::messages, message_key(id));
  if (!claimed && claimed.error().fault != Fault::not_found) return claimed.error();
  if (!claimed) {
    auto scanned = database.scan(Family::bodies, keys_of_message(id), visit);
    if (!scanned) return scanned;
  }
  return database.write(batch, Durability::buffered);
}

// What is not in the queue any more is passed over.
Result<> write_marks(RocksDatabase& database, const std::vector<DotMark>& marks) {
  if (marks.empty()) return {};
  Changes changes(database);
  for (const auto& mark : marks) {
    changes.begin();
    const auto marked = changes.mark_dot_sent(mark);
    if (marked) {
      changes.keep();
      continue;
    }
    changes.roll_back();
    if (marked.error().fault == Fault::disk) return marked.error();
  }
  return database.write(changes.batch(), Durability::synced);
}

}  // namespace

// Removes the chunks of messages that were coming in when the last run ended. Only those are looked
// at: as many as there were sessions.
Result<> sweep_incoming(RocksDatabase& database, EventLog& log) {
  std::vector<MessageId> unclaimed;
  const auto visit = [&unclaimed](std::string_view key, std::string_view) {
    if (const auto id = parse_message_key(key)) unclaimed.push_back(*id);
    return true;
  };
  auto scanned = database.scan(Family::incoming, all_keys(), visit);
  if (!scanned) return scanned;
  for (const auto id : unclaimed) {
    if (auto erased = erase_unclaimed(database, id); !erased) return erased;
  }
  if (!unclaimed.empty()) log.info("queue_swept", {{"unfinished_messages", unclaimed.size()}});
  return {};
}

Result<std::unique_ptr<DotMarks>> take_over_marks(RocksDatabase& database,
                                                  const std::filesystem::path& folder,
                                                  OpenMode mode,
                                                  EventLog& log) {
  const auto file = folder / DotMarks::file_name;
  const auto left = DotMarks::read(file);
  if (mode != OpenMode::read_write) return std::make_unique<DotMarks>(left);
  if (auto written = write_marks(database, left); !written) return written.error();
  if (!left.empty()) log.info("queue_marks_found", {{"in_doubt", left.size()}});
  auto opened = DotMarks::open(file);
  if (opened) return std::move(*opened);
  log.warning("queue_marks_failed",
              {{"what", opened.error().what}, {"then", "marks go into the records, slower"}});
  return std::unique_ptr<DotMarks>();
}

}  // namespace greyhound::queue
