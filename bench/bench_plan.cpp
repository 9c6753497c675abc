#include "bench/bench_plan.hpp"

#include <algorithm>

namespace greyhound::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kib = 1024;
constexpr std::uint64_t gib = 1ULL << 30;

// A day of churn leaves dead bodies and tables that wait for compaction.
std::uint64_t bytes_of(const QueueShape& shape) {
  constexpr std::uint64_t record_bytes = 900;
  return shape.messages * (shape.size_bytes + record_bytes) * 3 / 2;
}

}  // namespace

std::uint64_t BenchPlan::disk_bytes_needed() const {
  const auto largest = std::max({bytes_of(small_queue),
                                 bytes_of(listed_queue),
                                 bytes_of(large_queue),
                                 accept.rounds * 2 * bytes_of(accept.round)});
  return largest + 2 * gib;
}

// Only a third of the mail falls due in the day: settling takes most of the time.
BenchPlan quick_plan() {
  return {.is_full = false,
          .accept = {.rounds = 5, .round = {12'000, 4 * kib}},
          .lives = {{5'000, 4 * kib}, {10'000, 1 * kib}},
          .small_queue = {100'000, 1 * kib, 72h},
          .listed_queue = {100'000, 1 * kib, 72h},
          .large_queue = {300'000, 1 * kib, 72h},
          .churn = {.shortest_wait = 20h, .longest_wait = 28h, .step = 30min, .samples = 150},
          .idle = {.settle_at_most = 2s, .watched = 10s},
          .burst = 1s,
          .files = {.shape = {10'000, 4 * kib}, .synced_for = 2s}};
}

BenchPlan full_plan() {
  return {.is_full = true,
          .accept = {.rounds = 7, .round = {100'000, 4 * kib}},
          .lives = {{200'000, 4 * kib}, {400'000, 1 * kib}},
          .small_queue = {100'000, 1 * kib},
          .listed_queue = {1'000'000, 4 * kib},
          .large_queue = {10'000'000, 1 * kib},
          .churn = {.shortest_wait = 8h, .longest_wait = 16h, .step = 10min, .samples = 500},
          .idle = {.settle_at_most = 10min, .watched = 30s},
          .burst = 5s,
          .files = {.shape = {100'000, 4 * kib}, .synced_for = 10s}};
}

}  // namespace greyhound::bench
