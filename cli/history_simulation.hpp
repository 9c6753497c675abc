// HistorySimulation: schedules against the mail on record, and what is to be said of the outcome:
// one row for how it was, one for each schedule.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "cli/console.hpp"
#include "cli/simulation.hpp"
#include "scheduler/rehearsal/replay.hpp"

namespace greyhound::cli {

// Over all mail that was greylisted.
struct ReplayScore {
  std::size_t deliveries = 0;
  std::size_t never_passed = 0;
  Duration accepted_mean = {};  // after the first contact, of those that passed
  Duration accepted_median = {};
  Duration accepted_95 = {};
  double attempts_mean = 0;                    // the first and the accepting one included
  std::optional<std::size_t> delay_notices{};  // messages; none: not on record
  std::size_t busiest_minute = 0;              // attempts in one, after the first
  std::size_t recorded = 0;                    // of those: the record has the answer
  std::size_t modelled = 0;                    // the window of the site says it
};

class ReplayTally {
 public:
  void add(const std::vector<scheduler::ReplayedDelivery>& deliveries);
  ReplayScore score() const;

 private:
  ReplayScore sums_;
  std::size_t attempts_ = 0;
  std::vector<Duration> accepted_;
  std::set<queue::MessageId> told_;
  std::map<std::int64_t, std::size_t> minutes_;
};

void simulate_history(const std::vector<Contender>& contenders,
                      const notify::NotificationSettings& notification,
                      const std::vector<scheduler::RecordedSite>& sites,
                      Console& console);
void simulate_history_json(const std::vector<Contender>& contenders,
                           const notify::NotificationSettings& notification,
                           const std::vector<scheduler::RecordedSite>& sites,
                           Console& console);

}  // namespace greyhound::cli
