// Frames: how a write-ahead log lies in a file whose blocks were those of an older log. The file
// keeps its size and blocks, so that a sync of it writes nothing but the bytes; what lies behind
// the end of the log is whatever the older one had there. A frame says for each piece which log it
// is of, where in it, and how far that log was synced before: what was synced once and cannot be
// read any more is damage, anything behind that is a tail that nobody was promised.
// Source: docs/storage-format.md, "The write-ahead log"; ADR 24.
// Runs on: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/result.hpp"

namespace greyhound::queue {

struct LogFrame {
  std::uint64_t generation = 0;  // by chance: no content can imitate a frame of its own log
  std::uint64_t at = 0;          // bytes of the log before this piece
  std::uint64_t synced = 0;      // of them
};

// On disk: the piece with what goes around it.
std::uint64_t framed_bytes(std::uint64_t piece);
void put_frame(std::string& out, const LogFrame& frame, std::string_view piece);

struct LogPiece {
  std::uint64_t at = 0;  // in the log
  std::uint64_t bytes = 0;
  std::uint64_t place = 0;  // in the file
};

struct LogMap {
  std::vector<LogPiece> pieces;  // in order; between them is damage
  std::uint64_t bytes = 0;       // of the log
};

// Up to that many bytes of the file from there on; fewer at its end.
using ReadAt = std::function<Result<std::string>(std::uint64_t place, std::size_t bytes)>;

// Of a file without frames, as older versions wrote them, nothing. Errors: those of the reading.
Result<std::optional<LogMap>> map_log(const ReadAt& read);

}  // namespace greyhound::queue
