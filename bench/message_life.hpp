// bytes_written_per_life: what the disk is made to write for a message from its acceptance over
// three deferrals to its delivery, as a multiple of its size.
#pragma once

#include <filesystem>

#include "bench/figures.hpp"
#include "bench/filled_queue.hpp"

namespace greyhound::bench {

void measure_life(const std::string& figure,
                  QueueShape shape,
                  const std::filesystem::path& scratch,
                  std::uint64_t seed,
                  FigureSheet& sheet);

}  // namespace greyhound::bench
