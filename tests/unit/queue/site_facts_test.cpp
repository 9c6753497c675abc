#include "queue/site_facts.hpp"

#include <gtest/gtest.h>

#include "world/fake_clock.hpp"

namespace greyhound::queue {
namespace {

using namespace std::chrono_literals;
constexpr Instant noon = world::FakeClock::noon;

SiteLesson refused_at(Duration age) {
  return {.site = "mx.example", .age = age, .at = noon};
}

SiteLesson passed_at(Duration age, std::optional<Duration> refused = {}) {
  return {.site = "mx.example", .age = age, .has_passed = true, .at = noon, .refused = refused};
}

// A knock that was refused, another, and a pass.
SiteLesson passed_after(Duration refused_before, Duration refused, Duration age) {
  auto lesson = passed_at(age, refused);
  lesson.refused_before = refused_before;
  return lesson;
}

SiteLesson after_a_stated_wait(StatedWaitFate fate, Instant at = noon) {
  auto lesson = fate == StatedWaitFate::kept ? passed_at(300s) : refused_at(300s);
  lesson.stated = fate;
  lesson.at = at;
  return lesson;
}

SiteFacts learned(const std::vector<SiteLesson>& lessons) {
  SiteFacts facts{.site = "mx.example"};
  for (const auto& lesson : lessons)
    facts = with_lesson(std::move(facts), lesson);
  return facts;
}

TEST(SiteFacts, CountWhatWasSeenAndKeepWhen) {
  auto late = passed_at(400s);
  late.at = noon + 1h;

  const auto facts = learned({refused_at(60s), refused_at(200s), late});

  EXPECT_EQ(facts.refusals, 2U);
  EXPECT_EQ(facts.passes, 1U);
  EXPECT_EQ(facts.changed, noon + 1h);
}

TEST(SiteFacts, NarrowTheWindowToTheLatestRefusalAndTheEarliestPass) {
  const auto facts =
      learned({refused_at(60s), passed_at(900s), refused_at(290s), passed_at(400s), passed_at(1h)});

  EXPECT_EQ(facts.latest_refusal, 290s);
  EXPECT_EQ(facts.earliest_pass, 400s);
}

TEST(SiteFacts, TakeTheRefusalOnTheWayIntoAccountWhenADeliveryPasses) {
  const auto facts = learned({passed_at(900s), passed_at(600s, 250s)});

  EXPECT_EQ(facts.latest_refusal, 250s);
  EXPECT_EQ(facts.earliest_pass, 600s);
}

TEST(SiteFacts, OfAPassBeforeTheLatestRefusalSayThatTheWindowHasBecomeShorter) {
  const auto facts = learned({refused_at(290s), passed_at(400s), passed_at(61s, 30s)});

  EXPECT_EQ(facts.latest_refusal, 30s);
  EXPECT_EQ(facts.earliest_pass, 61s);
  EXPECT_EQ(facts.passes, 2U);
}

TEST(SiteFacts, OfARefusalAfterTheEarliestPassSayThatTheWindowHasBecomeLonger) {
  const auto facts = learned({passed_at(400s), passed_at(320s), refused_at(600s)});

  EXPECT_EQ(facts.latest_refusal, 600s);
  EXPECT_FALSE(facts.earliest_pass);
  EXPECT_EQ(facts.passes, 0U);
}

TEST(SiteFacts, OfALongerWindowAreWhatTheNextPassSays) {
  const auto facts = learned({passed_at(320s), refused_at(600s), passed_at(1000s, 600s)});

  EXPECT_EQ(facts.latest_refusal, 600s);
  EXPECT_EQ(facts.earliest_pass, 1000s);
  EXPECT_EQ(facts.passes, 1U);
}

TEST(SiteFacts, CountThePassesSinceTheLatestRefusal) {
  const auto three = learned({refused_at(60s), passed_at(5min), passed_at(5min), passed_at(5min)});
  const auto none = with_lesson(three, refused_at(100s));

  EXPECT_EQ(three.passes_since_refusal, 3U);
  EXPECT_EQ(none.passes_since_refusal, 0U);
}

TEST(SiteFacts, TakeAKnockThatWasRefusedBeforeTheFirstPassForOneThatMayHaveOpenedTheDoor) {
  const auto facts = learned({passed_after(6min, 31min, 32min)});

  EXPECT_EQ(facts.two_step, (WindowBounds{.above = 6min, .upto = 31min}));
}

TEST(SiteFacts, NarrowTheDoorAsWell) {
  const auto facts = learned(
      {passed_after(6min, 31min, 32min), passed_after(20min, 26min, 27min), passed_at(1h, 30min)});

  EXPECT_EQ(facts.two_step, (WindowBounds{.above = 20min, .upto = 26min}));
}

TEST(SiteFacts, ForgetTheDoorWhenARetryPassesAtOnce) {
  const auto facts = learned({passed_after(6min, 31min, 32min), passed_at(40min)});

  EXPECT_FALSE(facts.two_step);
}

TEST(SiteFacts, SeeNoDoorWhereARetryHasPassedAtOnceBefore) {
  const auto facts = learned({passed_at(40min), passed_after(6min, 31min, 32min)});

  EXPECT_FALSE(facts.two_step);
}

TEST(SiteFacts, WithADoorKeepTheWindowWhenAKnockAfterItIsRefused) {
  const auto facts = learned({passed_after(6min, 31min, 32min), refused_at(33min)});

  EXPECT_EQ(facts.earliest_pass, 32min);
  EXPECT_EQ(facts.passes, 1U);
  EXPECT_TRUE(facts.two_step);
}

TEST(SiteFacts, DisbelieveStatedWaitsForADayAfterThreeBrokenOnesInARow) {
  const auto broken = after_a_stated_wait(StatedWaitFate::broken);
  const auto last = after_a_stated_wait(StatedWaitFate::broken, noon + 1h);

  const auto two = learned({broken, broken});
  const auto three = with_lesson(two, last);

  EXPECT_FALSE(two.stated_ignored);
  EXPECT_EQ(three.stated_ignored, noon + 25h);
}

TEST(SiteFacts, ForgiveBrokenWaitsWhenOneIsKept) {
  const auto broken = after_a_stated_wait(StatedWaitFate::broken);
  const auto kept = after_a_stated_wait(StatedWaitFate::kept);

  const auto facts = learned({broken, broken, kept, broken, broken});

  EXPECT_EQ(facts.stated_broken, 2U);
  EXPECT_FALSE(facts.stated_ignored);
}

TEST(SiteFacts, HoldNoWaitAgainstASiteThatStatedNone) {
  const auto facts = learned({refused_at(1s), refused_at(2s), refused_at(3s), refused_at(4s)});

  EXPECT_EQ(facts.stated_broken, 0U);
  EXPECT_FALSE(facts.stated_ignored);
}

TEST(SiteFacts, AfterTheDisbeliefGiveThreeChancesAgain) {
  const auto broken = after_a_stated_wait(StatedWaitFate::broken);
  const auto later = after_a_stated_wait(StatedWaitFate::broken, noon + 26h);

  const auto facts = learned({broken, broken, broken, later, later});

  EXPECT_EQ(facts.stated_broken, 2U);
  EXPECT_EQ(facts.stated_ignored, noon + 24h);
}

}  // namespace
}  // namespace greyhound::queue
