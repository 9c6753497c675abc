#include "runtime/must.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/event_log.hpp"

namespace greyhound::runtime {
namespace {

using testing::ContainsRegex;

// The log has a thread of its own: the process that dies is a new one, not a fork of this.
class MustDeathTest : public testing::Test {
 protected:
  MustDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  ~MustDeathTest() override { GTEST_FLAG_SET(death_test_style, "fast"); }
};

void fail_behind_two_lines() {
  StderrLog log(EventLog::Level::info);
  log.info("first");
  log.info("second");
  MUST(log.wants(EventLog::Level::debug));
}

TEST_F(MustDeathTest, WhatWasLoggedJustBeforeStandsInFrontOfTheBug) {
  EXPECT_DEATH(fail_behind_two_lines(),
               ContainsRegex(" info first\n[^\n]* info second\nbug: MUST\\(log.wants"));
}

TEST_F(MustDeathTest, NothingNeedHaveBeenLogged) {
  EXPECT_DEATH(MUST(1 + 1 == 3), "^bug: MUST\\(1 \\+ 1 == 3\\) does not hold, ");
}

}  // namespace
}  // namespace greyhound::runtime
