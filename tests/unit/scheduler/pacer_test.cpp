// Who gets in and in what order.
#include "unit/scheduler/pacer_fixture.hpp"

namespace greyhound::scheduler {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(PacerTest, LetsInAsManyAsASiteMayTakeAndTheNextInOrderOfArrival) {
  set_up({.per_site = 2, .total = 10});

  for (const auto* name : {"1", "2", "3", "4"})
    claim(name, {.site = "a"});

  EXPECT_THAT(entered_within(500ms), ElementsAre("1", "2"));
  EXPECT_THAT(entered_within(1s), ElementsAre("3", "4"));
  EXPECT_THAT(waited_, ElementsAre(false, false, true, true));
}

TEST_F(PacerTest, LetsNobodyInWhereThereIsNoRoomInAll) {
  set_up({.per_site = 2, .total = 0});

  claim("1", {.site = "site"});

  EXPECT_THAT(entered_within(1h), IsEmpty());
}

TEST_F(PacerTest, LetsTheNextOneInWhileTheLastIsPutOnRecord) {
  set_up({.per_site = 1, .total = 10});

  for (const auto* name : {"1", "2"})
    tasks_.spawn(name, visit_and_record(name, 1s, 10s));

  EXPECT_THAT(entered_within(500ms), ElementsAre("1"));
  EXPECT_THAT(entered_within(1s), ElementsAre("2"));
}

TEST_F(PacerTest, LetsNobodyInWhereTooMuchWaitsForItsRecord) {
  set_up({.per_site = 2, .total = 10});

  for (const auto* name : {"1", "2", "3", "4", "5"})
    tasks_.spawn(name, visit_and_record(name, 1s, 10s));

  EXPECT_THAT(entered_within(3s), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(entered_within(7s), IsEmpty());
  EXPECT_THAT(entered_within(2s), ElementsAre("5"));
}

TEST_F(PacerTest, FirstAttemptsGoAheadOfRetriesButHaveHalfOfTheRoomAtMost) {
  set_up({.per_site = 4, .total = 10});
  for (const auto* name : {"r1", "r2", "r3", "r4", "r5", "r6"})
    claim(name, {.site = "a"});
  for (const auto* name : {"f1", "f2", "f3"})
    claim(name, {.site = "a", .is_first = true});

  EXPECT_THAT(entered_within(500ms), ElementsAre("r1", "r2", "r3", "r4"));
  EXPECT_THAT(entered_within(1s), ElementsAre("f1", "f2", "r5", "r6"));
  EXPECT_THAT(entered_within(1s), ElementsAre("f3"));
}

TEST_F(PacerTest, FirstAttemptsHaveAllTheRoomWhereNoRetryWaits) {
  set_up({.per_site = 4, .total = 10});
  for (const auto* name : {"f1", "f2", "f3", "f4"})
    claim(name, {.site = "a", .is_first = true});

  EXPECT_THAT(entered_within(500ms), ElementsAre("f1", "f2", "f3", "f4"));
}

TEST_F(PacerTest, WhereThereIsRoomForOneFirstAttemptsAndRetriesTakeTurns) {
  set_up({.per_site = 1, .total = 10});
  for (const auto* name : {"r1", "r2", "r3"})
    claim(name, {.site = "a"});
  for (const auto* name : {"f1", "f2"})
    claim(name, {.site = "a", .is_first = true});

  EXPECT_THAT(entered_within(10s), ElementsAre("r1", "f1", "r2", "f2", "r3"));
}

TEST_F(PacerTest, ARetryThatIsAboutToBeForgottenGoesBeforeFirstAttempts) {
  set_up({.per_site = 2, .total = 10});
  for (const auto* name : {"f1", "f2", "f3"})
    claim(name, {.site = "a", .is_first = true});
  claim("r1", {.site = "a", .deadline = noon + 1h});
  claim("r2", {.site = "a", .deadline = noon + 10min});

  EXPECT_THAT(entered_within(500ms), ElementsAre("f1", "f2"));
  EXPECT_THAT(entered_within(1s), ElementsAre("r2", "f3"));
}

TEST_F(PacerTest, SitesShareTheRoomInAllByTurns) {
  set_up({.per_site = 10, .total = 1});

  for (const auto* name : {"a1", "a2", "a3"})
    claim(name, {.site = "a"});
  claim("b1", {.site = "b"});
  claim("c1", {.site = "c"});

  EXPECT_THAT(entered_within(10s), ElementsAre("a1", "a2", "b1", "c1", "a3"));
}

TEST_F(PacerTest, NobodyGetsInDuringAPauseAndAllGoOnAfterIt) {
  set_up({.per_site = 1, .total = 10});
  claim("a1", {.site = "a"});
  claim("a2", {.site = "a"});
  EXPECT_THAT(entered_within(500ms), ElementsAre("a1"));

  pacer_->pause();
  claim("b1", {.site = "b"});
  claim("old", backlog("c", noon - 1h));
  EXPECT_THAT(entered_within(1h), IsEmpty());

  pacer_->resume();
  EXPECT_THAT(entered_within(500ms), testing::UnorderedElementsAre("a2", "b1", "old"));
}

TEST_F(PacerTest, ASiteMayHaveMoreOrLessRoomThanTheOthers) {
  set_up({.per_site = 2, .total = 10});

  for (int i = 0; i < 4; ++i) {
    claim("usual", {.site = "a"});
    claim("less", {.site = "b", .limits = {.per_site = 1}});
    claim("more", {.site = "c", .limits = {.per_site = 3}});
  }

  const auto entered = entered_within(500ms);
  EXPECT_THAT(entered, testing::Contains("usual").Times(2));
  EXPECT_THAT(entered, testing::Contains("less").Times(1));
  EXPECT_THAT(entered, testing::Contains("more").Times(3));
}

TEST_F(PacerTest, OfTwoLimitsOfOneSiteTheStricterHoldsWhileAnybodyIsThere) {
  set_up({.per_site = 5, .total = 10});
  for (int i = 0; i < 4; ++i)
    claim("lax", {.site = "a", .limits = {.per_site = 3}}, 1s);
  claim("strict", {.site = "a", .limits = {.per_site = 1}}, 1s);
  claim("last", {.site = "a", .limits = {.per_site = 3}}, 1s);

  EXPECT_THAT(entered_within(500ms), ElementsAre("lax", "lax", "lax"));
  EXPECT_THAT(entered_within(1s), ElementsAre("lax"));
  EXPECT_THAT(entered_within(1s), ElementsAre("strict"));
  EXPECT_THAT(entered_within(1s), ElementsAre("last"));
  time_.run_for(1s);

  for (int i = 0; i < 4; ++i)
    claim("lax", {.site = "a", .limits = {.per_site = 3}});
  EXPECT_THAT(entered_within(500ms), ElementsAre("lax", "lax", "lax"));
}

TEST_F(PacerTest, ARateOfASiteIsEvenlySpreadAndLeavesOthersAlone) {
  set_up({.per_site = 5, .total = 100});

  for (int i = 0; i < 100; ++i)
    claim("paced", {.site = "a", .limits = {.per_minute = 6}}, 1ms);
  claim("other", {.site = "b"});

  EXPECT_THAT(entered_within(9'999ms), ElementsAre("paced", "other"));
  EXPECT_THAT(entered_within(2ms), ElementsAre("paced"));
  EXPECT_THAT(entered_within(1min), testing::SizeIs(6));
  EXPECT_THAT(entered_within(9'000ms), IsEmpty());
}

// Nobody was there meanwhile, and still the site rests.
TEST_F(PacerTest, ASiteThatIsLeftEmptyGoesOnResting) {
  set_up({.per_site = 5, .total = 100});
  const Claim paced{.site = "a", .limits = {.per_minute = 1}};
  claim("1", paced, 1ms);
  EXPECT_THAT(entered_within(30s), ElementsAre("1"));

  claim("2", paced, 1ms);
  EXPECT_THAT(entered_within(29s), IsEmpty());
  EXPECT_THAT(entered_within(2s), ElementsAre("2"));
}

TEST_F(PacerTest, NothingOfARateIsSavedUp) {
  set_up({.per_site = 5, .total = 100});
  const Claim paced{.site = "a", .limits = {.per_minute = 60}};
  claim("first", paced, 1ms);
  time_.run_for(1h);
  entered_.clear();

  for (int i = 0; i < 10; ++i)
    claim("later", paced, 1ms);

  EXPECT_EQ(entered_within(999ms).size(), 1U);
  EXPECT_EQ(entered_within(2s).size(), 2U);
}

TEST_F(PacerTest, ARateHoldsForTheBacklogAsWell) {
  set_up({.per_site = 50, .total = 100}, {.per_second = 1000, .per_site_per_second = 1000});
  for (int i = 0; i < 10; ++i) {
    auto waiting = backlog("a", noon - 1h);
    waiting.limits.per_minute = 2;
    claim("backlog", std::move(waiting), 1ms);
  }

  EXPECT_EQ(entered_within(29s).size(), 1U);
  EXPECT_EQ(entered_within(1min).size(), 2U);
}

TEST_F(PacerTest, ARateDoesNotGrantRoomThatIsNotThere) {
  set_up({.per_site = 1, .total = 100});
  const Claim paced{.site = "a", .limits = {.per_minute = 60}};

  claim("long", paced, 10s);
  claim("next", paced, 10s);

  EXPECT_THAT(entered_within(9s), ElementsAre("long"));
  EXPECT_THAT(entered_within(2s), ElementsAre("next"));
}

TEST_F(PacerTest, WhoIsCancelledLeavesTheLineAndGivesItsRoomBack) {
  set_up({.per_site = 1, .total = 10});
  claim("stays", {.site = "a"}, 1h);
  TaskGroup others(time_.loop());
  others.spawn("gone", visit("gone", {.site = "a"}, 1h));
  others.spawn("gone too", visit("gone too", backlog("a", noon), 1h));
  claim("next", {.site = "a"});
  EXPECT_THAT(entered_within(1min), ElementsAre("stays"));

  others.cancel();
  EXPECT_THAT(entered_within(1h), ElementsAre("next"));
}

TEST_F(PacerTest, LetsTheOldestOfTheBacklogGoFirst) {
  set_up({}, {.per_second = 1, .per_site_per_second = 1, .doubles_every = 1h});
  claim("first to come", backlog("x", noon));

  claim("3", backlog("a", noon - 1min));
  claim("1", backlog("b", noon - 3min));
  claim("2", backlog("c", noon - 2min));

  EXPECT_THAT(entered_within(10s), ElementsAre("first to come", "1", "2", "3"));
}

TEST_F(PacerTest, APressingDeadlineGoesBeforeWhatIsOlder) {
  set_up({}, {.per_second = 1, .per_site_per_second = 1, .doubles_every = 1h});
  claim("first to come", backlog("x", noon));

  claim("old", backlog("a", noon - 3min));
  claim("far", backlog("b", noon - 1min, noon + 1h));
  claim("missed", backlog("c", noon - 2min, noon - 1s));
  claim("near", backlog("d", noon, noon + 14min));
  claim("nearer", backlog("e", noon, noon + 5min));

  EXPECT_THAT(entered_within(10s),
              ElementsAre("first to come", "nearer", "near", "old", "missed", "far"));
}

TEST_F(PacerTest, ADeadlineBeginsToPressWhileItsClaimWaits) {
  set_up({}, {.per_second = 1, .per_site_per_second = 1, .doubles_every = 100h});
  for (int i = 0; i < 2000; ++i)
    claim("old", backlog("a" + std::to_string(i), noon - 1h));

  claim("new", backlog("b", noon, noon + 25min));
  EXPECT_THAT(entered_within(10min - 2s), testing::Not(testing::Contains("new")));

  EXPECT_THAT(entered_within(4s), testing::Contains("new"));
}

TEST_F(PacerTest, ASiteThatHasUsedUpItsRateHoldsBackNoOther) {
  set_up({}, {.per_second = 100, .per_site_per_second = 1, .doubles_every = 1h});

  for (int i = 0; i < 10; ++i)
    claim("a", backlog("a", noon - 1h));
  claim("b", backlog("b", noon));

  EXPECT_THAT(entered_within(900ms), ElementsAre("a", "b"));
  EXPECT_THAT(entered_within(3s), ElementsAre("a", "a", "a"));
}

TEST_F(PacerTest, NormalMailAndBacklogTakeTurnsAtAFullSite) {
  set_up({.per_site = 1, .total = 10}, {.per_second = 1000, .per_site_per_second = 1000});

  for (const auto* name : {"n1", "n2", "n3"})
    claim(name, {.site = "a"});
  for (const auto* name : {"b1", "b2"})
    claim(name, backlog("a", noon));

  EXPECT_THAT(entered_within(10s), ElementsAre("n1", "b1", "n2", "b2", "n3"));
}

TEST_F(PacerTest, WhatPressesGetsTheNextRoomOfAFullSite) {
  set_up({.per_site = 1, .total = 10}, {.per_second = 1000, .per_site_per_second = 1000});

  for (const auto* name : {"n1", "n2"})
    claim(name, {.site = "a"});
  for (const auto* name : {"b1", "b2"})
    claim(name, backlog("a", noon, noon + 5min));

  EXPECT_THAT(entered_within(10s), ElementsAre("n1", "b1", "b2", "n2"));
}

TEST_F(PacerTest, NormalMailDoesNotWaitForTheRamp) {
  set_up({.per_site = 100, .total = 500},
         {.per_second = 1, .per_site_per_second = 1, .doubles_every = 1h});

  for (int i = 0; i < 50; ++i)
    claim("backlog", backlog("a", noon));
  for (int i = 0; i < 4; ++i)
    claim("normal", {.site = "a"});

  EXPECT_EQ(entered_within(1ms).size(), 5U);
}

TEST_F(PacerTest, OneLaneAloneGetsTheWholeRate) {
  set_up({.per_site = 1000, .total = 1000},
         {.per_second = 1000, .per_site_per_second = 1000, .doubles_every = 1h});

  // One claim at a time, the next as soon as it is in: as a lane does.
  struct Lane {
    static Awaitable<> run(Pacer* pacer, std::size_t* count) {
      for (;;) {
        Claim next{.site = "a", .overdue_since = noon};
        const auto permit = co_await pacer->enter(std::move(next));
        ++*count;
      }
    }
  };
  std::size_t count = 0;
  tasks_.spawn("lane", Lane::run(pacer_.get(), &count));
  time_.run_for(10s);

  EXPECT_GE(count, 9'500U);
  EXPECT_LE(count, 10'030U);
}

}  // namespace
}  // namespace greyhound::scheduler
