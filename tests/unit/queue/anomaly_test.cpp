// Whatever call on the disk fails, once or from then on: nothing that was promised is lost, nothing
// is half done. The N-th call of a kind fails, for N = 1, 2, ... until a whole scenario runs clean.
// GREYHOUND_TEST_LONG=1: every N of every way to fail, on a new queue too.
#include <algorithm>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <tuple>

#include <gmock/gmock.h>

#include "unit/queue/anomaly_run.hpp"
#include "unit/queue/fault_scenario.hpp"

namespace greyhound::queue {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using world::DiskCall;
using world::DiskFault;

auto starts_with_either(const char* one, const char* other) {
  return testing::AnyOf(StartsWith(one), StartsWith(other));
}

bool is_long_form() {
  return std::getenv("GREYHOUND_TEST_LONG") != nullptr;
}

// In the second process this is what runs until the end; in the first it looks whether that works.
TEST(AnomalyChild, TellsOfARunThatMeetsNoFault) {
  if (run_anomalies_if_asked()) return;
  const world::TempFolder folder;
  const AnomalyPlan plan{.folder = folder.path(),
                         .fault = {.call = DiskCall::append, .number = 1'000'000},
                         .is_new_queue = true};
  AnomalyRuns runs(plan);

  const auto run = runs.next();

  ASSERT_TRUE(run);
  EXPECT_EQ(run->end, AnomalyRun::End::whole);
  EXPECT_THAT(run->faults, IsEmpty());
  EXPECT_THAT(run->troubles, IsEmpty());
  EXPECT_TRUE(run->works_at_end);
  EXPECT_GT(run->book.size(), 20U);
  const auto settings = fault_settings(AnomalyRuns::queue_of(plan, run->number));
  EXPECT_THAT(problems_of(settings, run->book, run->book.whole(), Outlived::process), IsEmpty());
}

// A way to fail, and how much of it is looked at: all of it, or every so many-th call.
struct Sweep {
  DiskFault fault;
  std::uint64_t stride = 1;
  bool is_new_queue = false;
};

std::string to_text(const Sweep& sweep) {
  return std::string(to_string(sweep.fault.call)) +
         (sweep.fault.is_no_space ? ", no space" : ", I/O error") +
         (sweep.fault.is_lasting ? " from then on" : " once") +
         (sweep.is_new_queue ? ", new queue" : "");
}

// RocksDB takes an error of its write-ahead log, or of the folder as it begins a new one, as the
// end until it is opened again. The store then says so, and that nothing can be recorded.
bool may_end_it(const AnomalyRun& run) {
  return std::any_of(run.faults.begin(), run.faults.end(), [](const std::string& fault) {
    return fault.ends_with(".log") || fault.starts_with("sync_folder");
  });
}

// What fails, whether for want of space, whether from then on.
using Way = std::tuple<DiskCall, bool, bool>;

class AnomalyTest : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override { ASSERT_TRUE(make_busy_queue(fault_settings(folder_.path() / "start"))); }

  // Several processes take turns: RocksDB sleeps for a second after a table that it could not
  // write.
  void run_until_clean(const Sweep& sweep, std::size_t processes) {
    std::deque<AnomalyRuns> runs;
    for (std::size_t i = 0; i < processes; ++i) {
      auto fault = sweep.fault;
      fault.number += i * sweep.stride;
      runs.emplace_back(
          AnomalyPlan{folder_.path(), fault, sweep.stride * processes, sweep.is_new_queue});
    }
    Tally tally;
    for (std::size_t clean = 0, turn = 0; clean < processes; ++turn) {
      auto& mine = runs[turn % processes];
      const auto run = mine.next();
      if (!run) continue;  // that one is through
      ASSERT_NO_FATAL_FAILURE(check(*run, sweep, tally));
      if (run->is_clean()) ++clean;
      ASSERT_LT(turn, 10'000U) << to_text(sweep) << ": no run went clean";
    }
    std::cout << to_text(sweep) << ": works after " << tally.works << ", refuses after "
              << tally.refuses << "\n";
  }

  struct Tally {
    std::uint64_t works = 0;
    std::uint64_t refuses = 0;
  };
  // No fault may end the process: what it does then is up to us.
  void check(const AnomalyRun& run, const Sweep& sweep, Tally& tally) {
    SCOPED_TRACE(to_text(sweep) + ", number " + std::to_string(run.number) + ", " +
                 (run.faults.empty() ? "none" : run.faults.front()));
    const auto queue = AnomalyRuns::queue_of(AnomalyPlan{folder_.path(), sweep.fault}, run.number);
    EXPECT_EQ(run.end, AnomalyRun::End::whole) << "status " << run.status;
    EXPECT_THAT(problems_of(fault_settings(queue), run.book, run.book.whole(), Outlived::process),
                IsEmpty());
    std::filesystem::remove_all(queue.parent_path());
    if (run.is_clean()) {
      EXPECT_THAT(run.troubles, IsEmpty());
      EXPECT_TRUE(run.works_at_end);
      return;
    }
    ++(run.works_at_end ? tally.works : tally.refuses);
    // A log that was once refused space is broken, whatever space there is now.
    const auto fault = sweep.fault.is_no_space ? starts_with_either("disk_full ", "disk ")
                                               : starts_with_either("disk ", "disk ");
    for (const auto& trouble : run.troubles) {
      EXPECT_THAT(trouble, fault);
      // A backup or a read that fails says nothing of what can be recorded, and where no queue is
      // open nothing is asked.
      const bool is_write = trouble.find(" writing: ") != std::string::npos;
      if (!is_write) continue;
      EXPECT_THAT(trouble, HasSubstr(" none "));
    }
    if (run.works_at_end || run.end != AnomalyRun::End::whole) return;
    EXPECT_TRUE(may_end_it(run)) << run.last_trouble;
    EXPECT_THAT(run.last_trouble, fault);
    EXPECT_THAT(run.last_trouble, HasSubstr(" none "));
  }

  world::TempFolder folder_;
};

// Every call once (of the most frequent, one in three); of the other ways to fail, some calls; some
// on a new queue, too. In the long form all of everything.
TEST_P(AnomalyTest, LosesNothingThatWasPromised) {
  const auto& [call, is_no_space, is_lasting] = GetParam();
  const DiskFault fault{.call = call, .is_no_space = is_no_space, .is_lasting = is_lasting};
  const bool is_plain = !is_no_space && !is_lasting;
  const bool is_frequent = call == DiskCall::append || call == DiskCall::read;
  std::uint64_t stride = is_plain ? 1 : 12;
  if (is_plain && is_frequent) stride = 3;
  if (call == DiskCall::sync_folder) stride = 1;  // found a queue that would not open any more

  constexpr std::size_t processes = 4;
  run_until_clean({.fault = fault, .stride = is_long_form() ? 1 : stride},
                  stride < 12 || is_long_form() ? processes : 1);
  if (is_long_form() || is_plain) {
    run_until_clean({.fault = fault, .stride = is_long_form() ? 1U : 33U, .is_new_queue = true}, 1);
  }
}

std::string name_of(const testing::TestParamInfo<Way>& way) {
  const auto& [call, is_no_space, is_lasting] = way.param;
  return std::string(to_string(call)) + (is_no_space ? "_no_space" : "_io_error") +
         (is_lasting ? "_from_then_on" : "_once");
}

// Not among them: RocksDB truncates none of its files, and hints only in those of a megabyte.
INSTANTIATE_TEST_SUITE_P(Every,
                         AnomalyTest,
                         testing::Combine(testing::Values(DiskCall::append,
                                                          DiskCall::sync,
                                                          DiskCall::allocate,
                                                          DiskCall::close,
                                                          DiskCall::create,
                                                          DiskCall::rename,
                                                          DiskCall::link,
                                                          DiskCall::remove,
                                                          DiskCall::open_folder,
                                                          DiskCall::sync_folder,
                                                          DiskCall::read),
                                          testing::Bool(),
                                          testing::Bool()),
                         name_of);

}  // namespace
}  // namespace greyhound::queue
