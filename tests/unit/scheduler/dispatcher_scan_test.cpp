// How often the scan reads the due index: new mail wakes it only if due before its next reading.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "unit/scheduler/dispatcher_fixture.hpp"

namespace greyhound::scheduler {
namespace {

class ScanTest : public DispatcherFixture {
 protected:
  // Each to a domain of its own, a tenth of a second apart.
  void accept_many(int count) {
    for (int i = 0; i < count; ++i) {
      accept({"a@d" + std::to_string(i) + ".example"});
      time_.run_for(100ms);
    }
  }
};

TEST_F(ScanTest, MailThatIsDueAfterTheNextReadingDoesNotWakeTheScan) {
  answer_ = [](const MadeAttempt& made) { return all(made, greylisted()); };
  start();
  time_.run_for(1s);
  const auto before = store_.scan_reads;

  accept_many(100);

  EXPECT_EQ(store_.scan_reads, before);
  EXPECT_EQ(courier_.attempts.size(), 100U);
  time_.run_for(6min);
  EXPECT_EQ(courier_.attempts.size(), 200U);  // and none of their retries was missed
}

TEST_F(ScanTest, MailThatIsDueBeforeTheNextReadingWakesTheScanOnceForAll) {
  start();
  time_.run_for(1s);
  const auto before = store_.scan_reads;

  for (int i = 0; i < 100; ++i)
    accept_retry("a@d" + std::to_string(i) + ".example", noon + 20s);
  time_.run_for(10s);
  const auto woken = store_.scan_reads - before;
  time_.run_for(10s);

  EXPECT_GE(woken, 1U);
  EXPECT_LE(woken, 4U);
  EXPECT_EQ(times_of("a@d99.example"), std::vector<Duration>{20s});
}

}  // namespace
}  // namespace greyhound::scheduler
