// next_due: how long it takes to find the next 1000 due deliveries in a queue that a day of
// deferrals has passed through.
#pragma once

#include "bench/figures.hpp"
#include "bench/filled_queue.hpp"

namespace greyhound::bench {

struct ChurnPlan {
  Duration shortest_wait;  // of a deferral
  Duration longest_wait;
  Duration step;  // what falls due within one is settled together
  std::size_t samples;
};

struct NextDue {
  double p50_ms;
  double p99_ms;
  double resumed_p99_ms;  // from where the scan last stopped, as an agent asks that keeps running
};

// A simulated day: step by step what is due is settled, one in twenty of it for good, and as many
// new messages come in. Then the samples; the index is settled on between them.
NextDue measure_next_due(const FilledQueue& filled, const ChurnPlan& plan, std::uint64_t seed);

}  // namespace greyhound::bench
