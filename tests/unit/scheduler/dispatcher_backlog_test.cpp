// What the dispatcher does with the mail that fell due while it could not send.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/scheduler/dispatcher_fixture.hpp"

namespace greyhound::scheduler {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Duration never_doubles = 24h * 365;

class BacklogTest : public DispatcherFixture {
 protected:
  static SchedulerSettings with_ramp(RampSettings ramp, Concurrency concurrency = {100, 500}) {
    auto settings = default_settings();
    settings.retry.ramp = ramp;
    settings.concurrency = concurrency;
    return settings;
  }

  // `count` retries to one domain, a second apart, the last due at `last_due`.
  void accept_retries(const std::string& domain, int count, Instant last_due = noon - 1min) {
    for (int i = 0; i < count; ++i)
      accept_retry("u" + std::to_string(i) + "@" + domain, last_due - 1s * (count - 1 - i));
  }

  // Retries to a.example, of which five run for an hour and a half while the others fall due.
  void let_some_wait_for_room(int count) {
    courier_.attempt_takes = 90min;
    start(with_ramp({.per_second = 1, .per_site_per_second = 1, .doubles_every = never_doubles},
                    {.per_site = 5, .total = 100}));
    for (int i = 0; i < count; ++i)
      accept_retry("u" + std::to_string(i) + "@a.example", noon + 30min);
    time_.run_for(1h);
  }

  void sleep_through(Duration span) {
    store_.set_room(queue::Room::none);
    time_.run_for(span);
    store_.set_room(queue::Room::ample);
  }

  std::vector<std::string> order() const {
    std::vector<std::string> names;
    for (const auto& made : courier_.attempts)
      names.push_back(made.recipients.front());
    return names;
  }
};

TEST_F(BacklogTest, IsReleasedNoFasterThanTheRamp) {
  for (int i = 0; i < 100; ++i)
    accept_retries("d" + std::to_string(i) + ".example", 3);
  accept_retries("large.example", 300);

  start(with_ramp({.per_second = 20, .per_site_per_second = 2, .doubles_every = never_doubles}));
  time_.run_for(5min);

  EXPECT_EQ(courier_.attempts.size(), 600U);
  for (Duration at = 0s; at < 5min; at += 100ms) {
    EXPECT_LE(begun(at, at + 1s), 22U) << at.count();
    EXPECT_LE(begun(at, at + 1s, "large.example"), 3U) << at.count();
    EXPECT_LE(begun(at, at + 1s, "d7.example"), 3U) << at.count();
  }
  EXPECT_GE(begun(0s, 10s), 190U);
  EXPECT_NEAR(static_cast<double>(begun(20s, 120s, "large.example")), 200, 5);
  EXPECT_TRUE(store_.messages().empty());
}

TEST_F(BacklogTest, TheOldestGoesFirstWhateverItsDomain) {
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i)
    expected.push_back("u" + std::to_string(i) + "@d" + std::to_string(i * 37 % 11) + ".example");
  for (int i = 0; i < 200; ++i) {
    const int which = i * 73 % 200;
    accept_retry(expected[which], noon - 1h + 1s * which);
  }

  start(with_ramp({.per_second = 10, .per_site_per_second = 100, .doubles_every = never_doubles}));
  time_.run_for(1min);

  EXPECT_EQ(order(), expected);
}

TEST_F(BacklogTest, NothingIsTriedBeforeItsDue) {
  accept_retries("a.example", 50, noon + 20s);  // from 29 s before the start on

  start(with_ramp({.per_second = 1, .per_site_per_second = 1, .doubles_every = never_doubles}));
  time_.run_for(2min);

  EXPECT_EQ(courier_.attempts.size(), 50U);
  for (int i = 0; i < 50; ++i) {
    const auto times = times_of("u" + std::to_string(i) + "@a.example");
    ASSERT_EQ(times.size(), 1U);
    EXPECT_GE(times.front(), 1s * (i - 29));
  }
}

TEST_F(BacklogTest, DoesNotSlowDownWhatFallsDueInNormalRunning) {
  accept_retries("a.example", 1000);
  for (int i = 0; i < 50; ++i)
    accept_retry("later" + std::to_string(i) + "@a.example", noon + 10s);

  start(with_ramp({.per_second = 1, .per_site_per_second = 1, .doubles_every = never_doubles}));
  time_.run_for(20s);

  EXPECT_EQ(begun(10s, 10s + 1ms), 50U + 1U);
}

TEST_F(BacklogTest, DoesNotSlowDownFirstAttempts) {
  accept_retries("a.example", 500);
  for (int i = 0; i < 20; ++i) {
    auto message = message_to({"old" + std::to_string(i) + "@a.example"});
    message.deliveries.front().due = noon - 20s * i;
    accept(std::move(message));
  }
  accept_retries("a.example", 500, noon - 1s);

  start(with_ramp({.per_second = 1, .per_site_per_second = 1, .doubles_every = never_doubles}));
  time_.run_for(5s);
  accept({"new@a.example"});
  time_.run_for(1s);

  for (int i = 0; i < 20; ++i)
    EXPECT_THAT(times_of("old" + std::to_string(i) + "@a.example"), ElementsAre(0s));
  EXPECT_THAT(times_of("new@a.example"), ElementsAre(5s));
  EXPECT_EQ(begun(0s, 6s), 20U + 1U + 6U);
}

TEST_F(BacklogTest, ARouteTakesItAtOnce) {
  routing_.routes = {"a.example"};
  accept_retries("a.example", 80);
  accept_retries("b.example", 80);

  start(with_ramp({.per_second = 1, .per_site_per_second = 1, .doubles_every = never_doubles}));
  time_.run_for(500ms);

  EXPECT_EQ(begun(0s, 1s, "a.example"), 80U);
  EXPECT_EQ(begun(0s, 1s, "b.example"), 1U);
}

TEST_F(BacklogTest, WhatAGreylisterIsAboutToForgetGoesFirst) {
  accept_retries("a.example", 1500, noon - 1h);
  accept_retry("deep@a.example", noon - 1min, noon + 10min);
  accept_retry("deeper@a.example", noon - 50s, noon + 5min);
  accept_retry("later@a.example", noon - 40s, noon + 20min);
  accept_retry("missed@a.example", noon - 30s, noon - 1s);
  accept_retry("other@b.example", noon - 20s, noon + 5min);

  start(with_ramp({.per_second = 10, .per_site_per_second = 1, .doubles_every = never_doubles}));
  time_.run_for(10min);

  EXPECT_THAT(times_of("deep@a.example"), ElementsAre(testing::Lt(4s)));
  ASSERT_EQ(times_of("deeper@a.example").size(), 1U);
  EXPECT_LT(times_of("deeper@a.example"), times_of("deep@a.example"));
  EXPECT_THAT(times_of("other@b.example"), ElementsAre(testing::Lt(1s)));
  EXPECT_THAT(times_of("later@a.example"),
              ElementsAre(testing::AllOf(testing::Ge(5min), testing::Lt(5min + 3s))));
  EXPECT_THAT(times_of("missed@a.example"), IsEmpty());
}

TEST_F(BacklogTest, TheRatesDoubleWhileTheSiteAccepts) {
  accept_retries("a.example", 1000);

  start(with_ramp({.per_second = 4, .per_site_per_second = 4, .doubles_every = 10s}));
  time_.run_for(1min);

  EXPECT_NEAR(static_cast<double>(begun(0s, 10s)), 40, 2);
  EXPECT_NEAR(static_cast<double>(begun(11s, 20s)), 72, 4);
  EXPECT_NEAR(static_cast<double>(begun(22s, 30s)), 128, 8);
  EXPECT_EQ(courier_.attempts.size(), 1000U);
}

TEST_F(BacklogTest, TheRateOfASiteThatRefusesDoesNotGrow) {
  answer_ = [](const MadeAttempt& made) {
    return all(made, made.site == "refuses.example" ? over_quota() : delivered());
  };
  auto settings = with_ramp({.per_second = 100, .per_site_per_second = 4, .doubles_every = 10s});
  settings.retry.rules.front().retry = {5h};
  accept_retries("refuses.example", 1000);
  accept_retries("accepts.example", 1000);

  start(std::move(settings));
  time_.run_for(1min);

  EXPECT_NEAR(static_cast<double>(begun(30s, 60s, "refuses.example")), 120, 2);
  EXPECT_EQ(begun(0s, 60s, "accepts.example"), 1000U);
}

TEST_F(BacklogTest, BeginsAgainAtTheFirstRatesAfterTheNextOutage) {
  accept_retries("a.example", 100);
  for (int i = 0; i < 50; ++i)
    accept_retry("later" + std::to_string(i) + "@a.example", noon + 3h + 1s * i);
  start(with_ramp({.per_second = 100, .per_site_per_second = 4, .doubles_every = 2s}));
  time_.run_for(2h);
  EXPECT_EQ(courier_.attempts.size(), 100U);

  sleep_through(2h);
  time_.run_for(1h);

  EXPECT_EQ(courier_.attempts.size(), 150U);
  EXPECT_LE(begun(4h, 4h + 3s), 14U);
}

TEST_F(BacklogTest, OnlyWhatFellDueInAnOutageIsSlowedDownByIt) {
  start(with_ramp({.per_second = 1, .per_site_per_second = 1, .doubles_every = never_doubles}));
  for (int i = 0; i < 10; ++i) {
    accept_retry("before" + std::to_string(i) + "@a.example", noon + 59min);
    accept_retry("within" + std::to_string(i) + "@a.example", noon + 90min);
    accept_retry("behind" + std::to_string(i) + "@a.example", noon + 2h + 2s);
  }
  time_.run_for(1h);
  EXPECT_EQ(begun(59min, 59min + 1ms), 10U);

  sleep_through(1h);
  EXPECT_EQ(courier_.attempts.size(), 10U);
  time_.run_for(1min);

  for (int i = 0; i < 10; ++i)
    EXPECT_THAT(times_of("behind" + std::to_string(i) + "@a.example"), ElementsAre(2h + 2s));
  EXPECT_LE(begun(2h, 2h + 5s), 10U + 5U);
  EXPECT_EQ(courier_.attempts.size(), 30U);
}

TEST_F(BacklogTest, IsNeitherLostNorForgottenByAnOutageInItsMidst) {
  accept_retries("a.example", 100);
  start(with_ramp({.per_second = 1, .per_site_per_second = 1, .doubles_every = never_doubles}));
  time_.run_for(30s);
  const auto before = courier_.attempts.size();
  sleep_through(1min);
  time_.run_for(1s);
  const auto after = courier_.attempts.size();
  time_.run_for(2min);

  EXPECT_NEAR(static_cast<double>(before), 30, 2);
  EXPECT_LE(after, before + 3);
  EXPECT_EQ(courier_.attempts.size(), 100U);
  EXPECT_TRUE(store_.messages().empty());
}

TEST_F(BacklogTest, WhatWaitedForRoomBeforeAnOutageIsNoBacklogAfterIt) {
  let_some_wait_for_room(10);
  EXPECT_EQ(courier_.attempts.size(), 5U);

  sleep_through(1h);
  time_.run_for(1500ms);

  EXPECT_EQ(courier_.attempts.size(), 10U);
}

TEST_F(BacklogTest, WhatWaitedForRoomIsNotLostByAnOutageThatGrowsOverIt) {
  accept_retries("large.example", 10'000);
  let_some_wait_for_room(20);

  sleep_through(1h);
  time_.run_for(10h);

  EXPECT_EQ(begun(0s, 13h, "a.example"), 20U);
}

TEST_F(BacklogTest, WhatWaitedForRoomIsNotLostByAClockThatIsSetAheadWhileAnOlderBacklogLasts) {
  accept_retries("large.example", 10'000);
  let_some_wait_for_room(20);

  time_.step_wall(1h);
  time_.run_for(10h);

  EXPECT_EQ(begun(0s, 13h, "a.example"), 20U);
}

TEST_F(BacklogTest, AFullDiskPausesSendingAndItGoesOnByItself) {
  start();
  time_.run_for(1s);
  store_.set_room(queue::Room::none);
  accept({"a@one.example"});
  accept({"b@two.example"});
  time_.run_for(1h);
  EXPECT_THAT(courier_.attempts, IsEmpty());

  store_.set_room(queue::Room::settlements);
  time_.run_for(2s);

  EXPECT_EQ(courier_.attempts.size(), 2U);
  EXPECT_TRUE(store_.messages().empty());
}

TEST_F(BacklogTest, AnAgentThatStartsOnAFullDiskWaitsForSpace) {
  accept_retries("a.example", 10);
  accept({"new@a.example"});
  store_.set_room(queue::Room::none);
  start(with_ramp({.per_second = 1, .per_site_per_second = 1, .doubles_every = never_doubles}));
  time_.run_for(1h);
  EXPECT_THAT(courier_.attempts, IsEmpty());

  store_.set_room(queue::Room::ample);
  time_.run_for(2s);

  EXPECT_EQ(times_of("new@a.example").size(), 1U);
  EXPECT_LE(courier_.attempts.size(), 1U + 3U);
}

TEST_F(BacklogTest, NothingIsRecordedAsExpiredWhileNothingCanBe) {
  auto message = message_to({"a@a.example"});
  message.message.arrived = noon + 30min - 120h;
  message.deliveries.front().expires = noon + 30min;
  message.deliveries.front().due = noon + 30min;
  message.deliveries.front().attempted = noon - 1min;
  accept(std::move(message));
  answer_ = [](const MadeAttempt& made) {
    return all(made, made.site == "a.example" ? over_quota() : delivered());
  };
  start();
  time_.run_for(1min);

  sleep_through(5h);
  EXPECT_EQ(store_.messages().size(), 1U);
  time_.run_for(3min);

  EXPECT_EQ(times_of("a@a.example").size(), 1U);
  EXPECT_EQ(times_of("sender@here.example").size(), 1U);  // the failure notice
}

TEST_F(BacklogTest, ExpiredMailGetsItsLastAttemptBeforeTheBacklog) {
  accept_retries("a.example", 2000, noon - 1h);
  auto message = message_to({"expired@a.example"});
  message.deliveries.front().attempted = noon - 2h;
  message.deliveries.front().due = noon - 30min;
  message.deliveries.front().expires = noon - 30min;
  accept(std::move(message));

  start(with_ramp({.per_second = 1, .per_site_per_second = 1, .doubles_every = never_doubles}));
  time_.run_for(10s);

  EXPECT_THAT(times_of("expired@a.example"), ElementsAre(testing::Lt(4s)));
}

TEST_F(BacklogTest, ALaneThatIsOpenSkipsNoEntryThatComesBeforeIt) {
  courier_.attempt_takes = 10s;
  const auto moved = accept_retry("moved@a.example", noon + 5h);
  accept_retries("a.example", 30);
  start(with_ramp({.per_second = 100, .per_site_per_second = 100}, {.per_site = 1, .total = 10}));
  time_.run_for(35s);

  ASSERT_TRUE(run(store_.reschedule(moved, noon - 5h, queue::Mover::an_operator)));
  time_.run_for(25s);

  EXPECT_EQ(times_of("moved@a.example").size(), 1U);
  time_.run_for(1h);
  EXPECT_EQ(courier_.attempts.size(), 31U);
}

// The lane of the backlog comes from the oldest, the urgent one from the other end: they meet.
TEST_F(BacklogTest, TwoLanesThatMeetAtADeliveryTryItOnce) {
  routing_.routes = {"even.example", "odd.example"};
  answer_ = [](const MadeAttempt& made) { return all(made, greylisted()); };
  store_.load_takes = 6ms;  // the second one may come just when the first has ended
  for (int i = 0; i < 801; ++i) {
    const auto name = "u" + std::to_string(i) + (i < 400 ? "@even.example" : "@odd.example");
    accept_retry(name, noon - 1h + 1s * i, noon + 14min - 1s * i);
  }

  start(with_ramp({}));
  time_.run_for(1min);

  EXPECT_LT(times_of("u399@even.example"), times_of("u250@even.example")) << "they did not meet";
  EXPECT_EQ(courier_.attempts.size(), 801U);
}

TEST_F(BacklogTest, ADeliveryIsNeverTriedTwiceAtATime) {
  answer_ = [](const MadeAttempt& made) { return all(made, greylisted()); };
  courier_.attempt_takes = 3s;
  for (int i = 0; i < 40; ++i)
    accept_retry("u" + std::to_string(i) + "@a.example", noon - 1h, noon + 1min * i);
  start(with_ramp({.per_second = 10, .per_site_per_second = 10}, {.per_site = 3, .total = 10}));

  for (int i = 0; i < 30; ++i) {  // met by scan, lane, urgent lane and listener
    time_.run_for(1s);
    for (const auto& message : store_.messages())
      (void)run(store_.reschedule(
          message.deliveries.front().id, time_.wall(), queue::Mover::an_operator));
  }
  time_.run_for(5min);

  std::map<std::string, Instant> last;  // by delivery
  for (const auto& made : courier_.attempts) {
    auto& known = last.try_emplace(made.label, made.at - 1h).first->second;
    EXPECT_GE(made.at - known, 3s) << made.label;
    known = made.at;
  }
  EXPECT_GE(last.size(), 40U);
}

}  // namespace
}  // namespace greyhound::scheduler
