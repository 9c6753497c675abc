// The store on RocksDB. Layout: docs/storage-format.md.
// Owner: agent (read and write, one process at a time) or a queue command (read only).
#pragma once

#include <memory>

#include "queue/queue_settings.hpp"
#include "queue/store.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"

namespace rocksdb {
class FileSystem;
}

namespace greyhound::queue {

enum class OpenMode : std::uint8_t {
  read_write,
  read_only,
  salvage,  // for a repair only: opens damaged files too, and keeps of them what can be kept
};

// Creates the folder where it is missing (read_write). Fault::config: the schema is newer than this
// program, by name and number; Fault::busy: another process has it open; Fault::corrupt: the files
// are damaged in a way that could hide mail, and nothing was changed.
// `disk`: what to open it on, for tests of a failing one; nullptr: the file system.
Result<std::unique_ptr<Store>> open_rocks_store(
    const QueueSettings& settings,
    OpenMode mode,
    const Clock& clock,
    EventLog& log,
    const std::shared_ptr<rocksdb::FileSystem>& disk = {});

}  // namespace greyhound::queue
