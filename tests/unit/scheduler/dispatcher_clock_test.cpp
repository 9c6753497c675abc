// What becomes of waiting mail when the wall clock is set or the machine sleeps. For the agent a
// sleep is a wall clock that has jumped ahead: steady time stands still meanwhile.
#include <gmock/gmock.h>

#include "unit/scheduler/dispatcher_fixture.hpp"

namespace greyhound::scheduler {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ClockTest : public DispatcherFixture {
 protected:
  // Until `passes`, as time really goes.
  void greylist_until(Duration passes) {
    const auto pass_at = time_.steady() + passes;
    answer_ = [this, pass_at](const MadeAttempt& made) {
      const bool is_notice = made.recipients.front() == "sender@here.example";
      return all(made, is_notice || time_.steady() >= pass_at ? delivered() : greylisted());
    };
  }

  void accept_many(int count) {
    for (int i = 0; i < count; ++i)
      accept({"u" + std::to_string(i) + "@d" + std::to_string(i) + ".example"});
  }

  void start_with_ramp(double per_second) {
    auto settings = default_settings();
    settings.retry.ramp.per_second = per_second;
    settings.retry.ramp.doubles_every = 24h * 365;
    start(std::move(settings));
  }
};

TEST_F(ClockTest, AfterASleepWhatFellDueInItIsNoHerd) {
  greylist_until(1min);
  accept_many(100);
  start_with_ramp(10);
  time_.run_for(2min);
  courier_.attempts.clear();

  time_.step_wall(8h);
  time_.run_for(20s);

  EXPECT_EQ(courier_.attempts.size(), 100U);
  for (Duration at = 8h; at < 8h + 3min; at += 100ms)
    EXPECT_LE(begun(at, at + 1s), 12U) << at.count();
  EXPECT_THAT(store_.messages(), IsEmpty());
}

TEST_F(ClockTest, AfterASleepNewMailAndWhatFallsDueLaterWaitForNobody) {
  greylist_until(1min);
  accept_many(100);
  start_with_ramp(1);
  time_.run_for(2min);
  accept_retry("later@later.example", time_.wall() + 8h + 10s);

  time_.step_wall(8h);
  time_.run_for(5s);
  accept({"new@new.example"});
  time_.run_for(10s);

  EXPECT_THAT(times_of("new@new.example"), ElementsAre(2min + 8h + 5s));
  EXPECT_THAT(times_of("later@later.example"), ElementsAre(2min + 8h + 10s));
}

TEST_F(ClockTest, AClockSetAheadByDaysFailsNothingThatWasNotTriedSince) {
  greylist_until(1min);
  accept_many(100);
  start_with_ramp(10);
  time_.run_for(2min);

  time_.step_wall(24h * 6);
  time_.run_for(5min);

  EXPECT_THAT(times_of("sender@here.example"), IsEmpty());
  EXPECT_THAT(store_.messages(), IsEmpty());
  EXPECT_THAT(times_of("u7@d7.example"), SizeIs(2));
}

TEST_F(ClockTest, AClockSetBackLeavesEachRetryItsWait) {
  greylist_until(30min);
  start();
  accept({"a@there.example"});
  time_.run_for(1min);

  time_.step_wall(-24h);
  time_.run_for(5min - 1s);
  const auto a_second_before = times_of("a@there.example").size();
  time_.run_for(1h);

  EXPECT_EQ(a_second_before, 1U);
  EXPECT_THAT(times_of("a@there.example"), ElementsAre(0s, 6min - 24h, 16min - 24h, 31min - 24h));
}

TEST_F(ClockTest, AnAttemptThatRunsWhileTheClockIsSetBackKeepsItsWaitToo) {
  greylist_until(5min);
  courier_.attempt_takes = 10s;
  start();
  accept({"a@there.example"});
  time_.run_for(5s);

  time_.step_wall(-24h);
  time_.run_for(7min);

  EXPECT_THAT(times_of("a@there.example"), ElementsAre(0s, 6min + 10s - 24h));
}

TEST_F(ClockTest, WhatWaitsForRoomWhileTheClockIsSetBackIsNotForgotten) {
  auto settings = default_settings();
  settings.concurrency = {.per_site = 1, .total = 10};
  courier_.attempt_takes = 1min;
  for (const auto* name : {"a", "b", "c"})
    accept({std::string(name) + "@there.example"});
  start(std::move(settings));
  time_.run_for(30s);

  time_.step_wall(-24h);
  time_.run_for(3min);

  EXPECT_THAT(store_.messages(), IsEmpty());
}

TEST_F(ClockTest, AClockThatWasSetBackBeforeTheStartDelaysNothingByAsMuch) {
  greylist_until(30min);
  start();
  accept({"a@there.example"});
  time_.run_for(1min);
  stop_with_grace(1s);

  time_.step_wall(-24h);
  time_.run_for(1min);
  start();
  time_.run_for(7min);

  // How long it was stopped nobody can tell: at least since the last mail, two minutes.
  EXPECT_THAT(times_of("a@there.example"), ElementsAre(0s, 8min - 24h));
}

TEST_F(ClockTest, OnlyWhatTheOldTimeWroteIsBroughtBack) {
  greylist_until(30min);
  start();
  time_.run_for(1min);
  time_.step_wall(-24h);
  accept({"a@there.example"});

  time_.run_for(6min + 1s);

  EXPECT_THAT(times_of("a@there.example"), ElementsAre(1min - 24h, 7min - 24h));
}

// Mail is stored in the order in which it is complete, and is due in the order in which it began.
TEST_F(ClockTest, MailThatComesBetweenTwoOfAPageIsTriedInItsPlace) {
  auto settings = default_settings();
  settings.concurrency = {.per_site = 1, .total = 10};
  courier_.attempt_takes = 5s;
  auto first = message_to({"first@a.example"});
  time_.run_for(1s);
  auto second = message_to({"second@a.example"});
  time_.run_for(1s);
  auto slow = message_to({"slow@a.example"});
  time_.run_for(1s);
  auto last = message_to({"last@a.example"});
  for (auto* message : {&first, &second, &last})
    accept(std::move(*message));
  start(std::move(settings));
  time_.run_for(1s);

  accept(std::move(slow));
  time_.run_for(25s);

  std::vector<std::string> tried;
  for (const auto& made : courier_.attempts)
    tried.push_back(made.recipients.front());
  EXPECT_EQ(tried,
            (std::vector<std::string>{
                "first@a.example", "second@a.example", "slow@a.example", "last@a.example"}));
}

}  // namespace
}  // namespace greyhound::scheduler
