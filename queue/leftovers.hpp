// What the last run of the agent left behind when it ended in the middle of its work.
// Owner:   RocksStore. Runs on: the thread that opens the store, before all else.
// Errors:  disk; corrupt for a record that cannot be read back.
#pragma once

#include <filesystem>
#include <memory>

#include "queue/dot_marks.hpp"
#include "queue/rocks_database.hpp"
#include "runtime/event_log.hpp"

namespace greyhound::queue {

// Removes the chunks of messages that were coming in.
Result<> sweep_incoming(RocksDatabase& database, EventLog& log);

// Writes the marks of final dots into their records and begins with an empty file of them; nullptr:
// there can be no file. What is opened for reading only shows them.
Result<std::unique_ptr<DotMarks>> take_over_marks(RocksDatabase& database,
                                                  const std::filesystem::path& folder,
                                                  OpenMode mode,
                                                  EventLog& log);

}  // namespace greyhound::queue
