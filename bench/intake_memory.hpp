// How much memory the agent holds for clients that are connected and for content on its way, with a
// small `queue.memory` and no TLS.
#pragma once

#include <cstdint>
#include <filesystem>

#include "bench/figures.hpp"

namespace greyhound::bench {

// Sessions that have said EHLO and wait.
void measure_idle_sessions(const std::filesystem::path& scratch, FigureSheet& sheet);

struct BodiesPlan {
  std::size_t sessions = 200;
  std::uint64_t size_bytes = 50ULL << 20;  // the target is about this one
};

// All send a large message at once, piece by piece; when all of it is with the agent but the final
// dots, these follow.
void measure_bodies_at_once(const BodiesPlan& plan,
                            const std::filesystem::path& scratch,
                            FigureSheet& sheet);

}  // namespace greyhound::bench
