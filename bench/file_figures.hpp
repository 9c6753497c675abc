// The figures of a queue of plain files, next to which those of the store stand.
#pragma once

#include <filesystem>

#include "bench/figures.hpp"
#include "bench/filled_queue.hpp"

namespace greyhound::bench {

struct FilesPlan {
  QueueShape shape;
  Duration synced_for;  // accepting durably is timed that long; the rest is filled unsynced
};

void measure_files(const FilesPlan& plan,
                   const std::filesystem::path& scratch,
                   std::uint64_t seed,
                   FigureSheet& sheet);

}  // namespace greyhound::bench
