// What those who watch an attempt see of its end.
#include <gmock/gmock.h>

#include "unit/scheduler/dispatcher_fixture.hpp"
#include "world/recorded_trace.hpp"

namespace greyhound::scheduler {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

class AttemptShownTest : public DispatcherFixture {
 protected:
  AttemptShownTest() { trace_ = &watcher_; }

  world::RecordedTrace watcher_;
};

TEST_F(AttemptShownTest, NamesEachRecipientAndTheNextAttempt) {
  answer_ = [](const MadeAttempt& made) {
    auto report = all(made, greylisted());
    report.outcomes.front() = delivered();
    return report;
  };
  start();

  accept({"a@there.example", "b@there.example"});
  time_.run_for(1min);

  EXPECT_THAT(watcher_.lines,
              ElementsAre("* delivered <a@there.example>: 250 2.0.0 queued",
                          StartsWith("* deferred <b@there.example>: 451 4.7.1 Greylisted"),
                          "* next attempt at 2024-10-04T12:06:00Z"));
  EXPECT_EQ(watcher_.subjects[0].domain, "there.example");
  EXPECT_EQ(watcher_.subjects[0].host, "mx.there.example");
}

}  // namespace
}  // namespace greyhound::scheduler
