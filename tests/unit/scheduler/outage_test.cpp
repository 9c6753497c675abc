#include "scheduler/outage.hpp"

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

queue::DueEntry due_at(Instant due, bool is_retry = true) {
  return {.position = {due, {some_id, 1}}, .domain = "a.example", .is_retry = is_retry};
}

TEST(Outage, HoldsAtFirstEveryRetryThatFellDueBeforeTheStart) {
  const Outage outage(noon);

  EXPECT_TRUE(outage.holds(due_at(noon - 24h * 365)));
  EXPECT_TRUE(outage.holds(due_at(noon - 1us)));
  EXPECT_FALSE(outage.holds(due_at(noon)));
  EXPECT_FALSE(outage.holds(due_at(noon - 1h, false)));
}

TEST(Outage, HoldsNothingOnceItIsReleased) {
  Outage outage(noon);

  outage.set_released();

  EXPECT_FALSE(outage.holds(due_at(noon - 1h)));
}

TEST(Outage, HoldsWhatFallsDueFromItsBeginningToItsEnd) {
  Outage outage(noon);
  outage.set_released();

  outage.begin(noon + 1h);
  const bool while_it_lasts = outage.holds(due_at(noon + 3h));
  outage.end(noon + 2h);

  EXPECT_TRUE(while_it_lasts);
  EXPECT_FALSE(outage.holds(due_at(noon + 1h - 1us)));
  EXPECT_TRUE(outage.holds(due_at(noon + 1h)));
  EXPECT_FALSE(outage.holds(due_at(noon + 2h)));
  EXPECT_EQ(outage.able_since(), noon + 2h);
}

TEST(Outage, GrowsIfTheLastBacklogIsStillBeingReleased) {
  Outage outage(noon);

  outage.begin(noon + 1h);
  outage.end(noon + 2h);

  EXPECT_TRUE(outage.holds(due_at(noon - 1h)));
  EXPECT_TRUE(outage.holds(due_at(noon + 30min)));
  EXPECT_FALSE(outage.holds(due_at(noon + 2h)));
}

TEST(Outage, IsNotReleasedWhileItLasts) {
  Outage outage(noon);
  outage.begin(noon + 1h);

  outage.set_released();

  EXPECT_TRUE(outage.holds(due_at(noon + 1h)));
}

}  // namespace
}  // namespace greyhound::scheduler
