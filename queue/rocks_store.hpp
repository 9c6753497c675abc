// The store on RocksDB. Layout: docs/storage-format.md.
// Owner: agent (read and write, one process at a time) or a queue command (read only).
#pragma once

#include <memory>

#include "queue/queue_settings.hpp"
#include "queue/store.hpp"
#include "runtime/clock.hpp"
#include "runtime/event_log.hpp"

namespace greyhound::queue {

enum class OpenMode : std::uint8_t { read_write, read_only };

// Creates the folder where it is missing (read_write). Fault::config: the schema is newer than this
// program, by name and number; Fault::busy: another process has it open.
Result<std::unique_ptr<Store>> open_rocks_store(const QueueSettings& settings,
                                                OpenMode mode,
                                                const Clock& clock,
                                                EventLog& log);

}  // namespace greyhound::queue
