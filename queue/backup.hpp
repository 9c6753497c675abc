// Backups of the queue while no agent has it open. A running agent makes them itself
// (Store::back_up).
// Runs on: the calling thread.
// Errors:  as open_rocks_store(); busy: the queue is open in another process.
#pragma once

#include <filesystem>
#include <optional>

#include "queue/queue_settings.hpp"
#include "queue/rocks_database.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"
#include "runtime/result.hpp"

namespace greyhound::queue {

// The schema of the queue in `folder`, opened for reading, which shows that it can be.
Result<unsigned> schema_in(const std::filesystem::path& folder);

// As Store::back_up(): `folder` must not exist. Files that never change are hard links where that
// is possible, so a backup on the same disk does not survive that disk.
Result<> back_up_stopped(const QueueSettings& settings,
                         const std::filesystem::path& folder,
                         EventLog& log);

// All that belongs to an open queue in `folder`, the marks of final dots with it, as of one moment.
Result<> copy_queue(const RocksDatabase& database,
                    const std::filesystem::path& folder,
                    const std::filesystem::path& to);

// Of final dots, where there are any.
Result<> copy_marks(const std::filesystem::path& folder, const std::filesystem::path& to);

enum class Replace : std::uint8_t { nothing, whatever_is_there };

struct Restored {
  std::optional<std::filesystem::path> moved_aside = {};  // the queue that was there
};

// Puts a copy of `backup`, with bytes of its own, in the place of the queue. A queue that is there
// is moved aside, but only with `whatever_is_there` if it holds mail or cannot be read; else the
// answer is Fault::config. The backup is taken as it is: check it first (queue/integrity.hpp).
Result<Restored> restore_backup(const QueueSettings& settings,
                                const std::filesystem::path& backup,
                                Replace replace,
                                const Clock& clock);

}  // namespace greyhound::queue
