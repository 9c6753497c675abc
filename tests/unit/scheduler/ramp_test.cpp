// The rates of the ramp, over times that the test makes up.
#include "scheduler/ramp.hpp"

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

constexpr SteadyInstant zero{};
constexpr Duration look = 20ms;  // how often the pacer looks

// Starts whatever is allowed at one site, every 20 ms.
std::size_t start_all(Ramp& ramp, const std::string& site, Duration from, Duration until) {
  std::size_t started = 0;
  for (auto at = zero + from; at < zero + until; at += look) {
    for (; ramp.may_start(site, at); ++started)
      ramp.start(site, at);
  }
  return started;
}

// One attempt a second ends.
void end_some(Ramp& ramp, const std::string& site, Duration from, Duration until, bool success) {
  for (auto at = zero + from; at < zero + until; at += 1s)
    ramp.note_end(site, success, at);
}

TEST(Ramp, StartsSoManyASecondAtOneSite) {
  Ramp ramp({.per_second = 200, .per_site_per_second = 5});

  EXPECT_EQ(start_all(ramp, "a", 0s, 1s), 5U);
  EXPECT_EQ(start_all(ramp, "a", 1s, 11s), 50U);
}

TEST(Ramp, StartsSoManyASecondInAll) {
  Ramp ramp({.per_second = 100, .per_site_per_second = 90});

  std::size_t started = 0;
  for (auto at = zero; at < zero + 10s; at += look) {
    for (const auto* site : {"a", "b"}) {
      for (; ramp.may_start(site, at); ++started)
        ramp.start(site, at);
    }
  }

  EXPECT_GE(started, 980U);
  EXPECT_LE(started, 1001U);
}

TEST(Ramp, LosesNothingBetweenTwoLooksAndSavesNothingUp) {
  Ramp ramp({.per_second = 1000, .per_site_per_second = 1000});

  EXPECT_NEAR(static_cast<double>(start_all(ramp, "a", 0s, 1s)), 1000, 30);
  EXPECT_LE(start_all(ramp, "a", 60s, 60s + look), 26U);
}

TEST(Ramp, SaysWhenTheNextStartIsAllowed) {
  Ramp ramp({.per_second = 10, .per_site_per_second = 2});

  ramp.start("a", zero);

  EXPECT_EQ(ramp.next_start(), zero + 100ms);
  EXPECT_EQ(ramp.next_start_at("a"), zero + 500ms);
  EXPECT_LE(ramp.next_start_at("b"), zero);
  EXPECT_FALSE(ramp.may_start("b", zero));
  EXPECT_TRUE(ramp.may_start("b", zero + 100ms));
}

TEST(Ramp, DoublesAfterEachPeriodInWhichTheSiteAccepts) {
  Ramp ramp({.per_second = 1000, .per_site_per_second = 2, .doubles_every = 10s});
  ramp.start("a", zero);

  end_some(ramp, "a", 0s, 31s, true);

  EXPECT_EQ(start_all(ramp, "a", 31s, 32s), 16U);
}

TEST(Ramp, DoesNotGrowWhileTheSiteRefusesMoreThanItAccepts) {
  Ramp ramp({.per_second = 1000, .per_site_per_second = 2, .doubles_every = 10s});
  ramp.start("a", zero);

  for (auto at = 0s; at < 60s; at += 1s)
    end_some(ramp, "a", at, at + 1s, at.count() % 2 == 0);
  end_some(ramp, "a", 60s, 90s, false);

  EXPECT_EQ(start_all(ramp, "a", 90s, 91s), 2U);
}

TEST(Ramp, SilenceProvesNothing) {
  Ramp ramp({.per_second = 1000, .per_site_per_second = 2, .doubles_every = 10s});
  ramp.start("a", zero);

  ramp.note_end("a", true, zero);
  ramp.note_end("a", true, zero + 50s);
  ramp.note_end("a", true, zero + 51s);

  EXPECT_EQ(start_all(ramp, "a", 55s, 56s), 4U);
}

TEST(Ramp, WhatWasNotUsedForAMinuteBeginsAnew) {
  Ramp ramp({.per_second = 8, .per_site_per_second = 2, .doubles_every = 10s});
  ramp.start("a", zero);
  end_some(ramp, "a", 0s, 60s, true);
  EXPECT_GT(start_all(ramp, "a", 60s, 61s), 8U);

  EXPECT_EQ(start_all(ramp, "a", 121s + 1ms, 122s), 2U);
}

TEST(Ramp, TheRateInAllDoublesWhileAnySiteAccepts) {
  Ramp ramp({.per_second = 10, .per_site_per_second = 1000, .doubles_every = 10s});
  ramp.start("a", zero);
  ramp.start("b", zero + 1s);

  end_some(ramp, "a", 0s, 11s, false);
  ramp.note_end("b", true, zero + 11s);
  end_some(ramp, "a", 12s, 25s, false);

  EXPECT_EQ(start_all(ramp, "c", 25s, 26s), 20U);
}

TEST(Ramp, TakesNoProofFromSitesThatItDoesNotPace) {
  Ramp ramp({.per_second = 10, .per_site_per_second = 10, .doubles_every = 10s});

  end_some(ramp, "a", 0s, 60s, true);

  EXPECT_EQ(start_all(ramp, "a", 60s, 61s), 10U);
}

TEST(Ramp, BeginsAnewAfterAReset) {
  Ramp ramp({.per_second = 1000, .per_site_per_second = 2, .doubles_every = 10s});
  ramp.start("a", zero);
  end_some(ramp, "a", 0s, 60s, true);

  ramp.reset();

  EXPECT_EQ(start_all(ramp, "a", 60s, 61s), 2U);
}

TEST(Ramp, GettingAnywhereMeansThatARecipientWasTaken) {
  EXPECT_TRUE(got_anywhere(report({greylisted(), delivered()})));
  EXPECT_FALSE(got_anywhere(report({greylisted(), no_such_user()})));
  EXPECT_FALSE(got_anywhere(report({})));
}

}  // namespace
}  // namespace greyhound::scheduler
