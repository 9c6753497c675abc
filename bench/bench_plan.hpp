// How much each benchmark does: in a minute, or at the scale that the targets are about.
#pragma once

#include <set>
#include <string>

#include "bench/accept_rate.hpp"
#include "bench/agent_figures.hpp"
#include "bench/churn.hpp"
#include "bench/file_figures.hpp"
#include "bench/filled_queue.hpp"

namespace greyhound::bench {

struct BenchPlan {
  bool is_full;
  AcceptPlan accept;
  std::vector<QueueShape> lives;
  QueueShape small_queue;   // next_due is compared between this
  QueueShape listed_queue;  // may be the small one
  QueueShape large_queue;   // and this
  ChurnPlan churn;
  IdlePlan idle;
  Duration burst;
  FilesPlan files;

  std::uint64_t disk_bytes_needed() const;
};

BenchPlan quick_plan();
BenchPlan full_plan();

}  // namespace greyhound::bench
