#include "scheduler/clock_watch.hpp"

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

constexpr SteadyInstant booted{100h};

TEST(ClockWatch, SeesNothingWhileBothClocksGoOn) {
  ClockWatch watch(noon, booted);

  EXPECT_FALSE(watch.look(noon + 10h, booted + 10h));
  EXPECT_FALSE(watch.look(noon + 20h, booted + 20h));
}

TEST(ClockWatch, SeesAJumpOnceAndWhereItBegan) {
  ClockWatch watch(noon, booted);

  const auto jump = watch.look(noon + 1h + 8h, booted + 1h);

  ASSERT_TRUE(jump);
  EXPECT_EQ(jump->from, noon + 1h);
  EXPECT_EQ(jump->by, 8h);
  EXPECT_FALSE(watch.look(noon + 9h + 1s, booted + 1h + 1s));
}

TEST(ClockWatch, SeesAClockThatIsSetBack) {
  ClockWatch watch(noon, booted);

  const auto jump = watch.look(noon - 24h, booted + 1s);

  ASSERT_TRUE(jump);
  EXPECT_EQ(jump->by, -24h - 1s);
}

TEST(ClockWatch, SmallStepsAreNothingUntilTheyAddUp) {
  ClockWatch watch(noon, booted);

  EXPECT_FALSE(watch.look(noon + 1s + 40s, booted + 1s));
  const auto jump = watch.look(noon + 2s + 80s, booted + 2s);

  ASSERT_TRUE(jump);
  EXPECT_EQ(jump->by, 80s);
}

}  // namespace
}  // namespace greyhound::scheduler
