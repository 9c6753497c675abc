// Load on an SMTP server: many sessions, in each one message after the other; either each as soon
// as its session is free, or all together at a steady rate, whoever is free. Every reply must be
// the one that belongs there; another one ends the benchmark.
// Limits:  a reply that does not come within a minute ends the benchmark, too.
// Runs on: the calling thread, which it blocks.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/ip.hpp"

namespace greyhound::bench {

struct LoadShape {
  std::size_t sessions = 1;
  std::uint64_t messages = 1;
  std::size_t size_bytes = 4096;
  bool is_pipelined = false;  // MAIL, RCPT and DATA in one piece (RFC 2920)
  double per_s = 0;           // 0: as fast as the replies come
};

struct LoadResult {
  double seconds;              // from the first MAIL to the last 250; connections were there
  std::vector<double> dot_ms;  // from the final dot to its reply, sorted
  std::vector<double> due_ms;  // from when a message was due at the given rate to its 250, sorted
};

LoadResult run_load(const Endpoint& to, const LoadShape& shape);

// Of values in order; `part` 0.99: the 99th percentile.
double percentile(const std::vector<double>& sorted, double part);

}  // namespace greyhound::bench
