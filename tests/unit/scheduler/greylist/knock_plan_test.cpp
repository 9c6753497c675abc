#include "scheduler/greylist/knock_plan.hpp"

#include <tuple>

#include <gtest/gtest.h>

namespace greyhound::scheduler {
namespace {

using namespace std::chrono_literals;

constexpr Duration first_of_series = 6min;

const WindowPrior prior({{.id = "three", .name = "Three", .window = 3min},
                         {.id = "five", .name = "Five", .window = 5min},
                         {.id = "ten", .name = "Ten", .window = 10min},
                         {.id = "door", .name = "Door", .window = 25min, .third_contact = 60s}});

// A site where retries were refused up to `above`, and one passed at `upto`.
queue::SiteFacts bounds(Duration above, Duration upto) {
  return {.site = "mx.example",
          .passes = 1,
          .earliest_pass = upto,
          .latest_refusal = above,
          .passes_since_refusal = 1};
}

std::optional<KnockPlan> plan(const queue::SiteFacts& site) {
  return plan_knock(prior, site, first_of_series);
}

TEST(KnockPlan, IsNoneWhereNobodyPassed) {
  const queue::SiteFacts stranger{.site = "mx.example"};
  const queue::SiteFacts refuser{
      .site = "mx.example", .refusals = 3, .latest_refusal = Duration(1h)};

  EXPECT_FALSE(plan(stranger));
  EXPECT_FALSE(plan(refuser));
}

TEST(KnockPlan, IsNoneWhereTheWindowHasBecomeLongerThanEveryPass) {
  auto site = bounds(1min, 5min);
  site = queue::with_lesson(site, {.site = "mx.example", .age = 20min});

  EXPECT_FALSE(plan(site));
}

TEST(KnockPlan, PrefersTheLengthOfAKnownWindowBetweenTheBounds) {
  EXPECT_EQ(plan(bounds(4min, 8min))->first, 5min);
  EXPECT_EQ(plan(bounds(8min, 16min))->first, 10min);
}

TEST(KnockPlan, KnocksBelowAWideBoundAndThenWhereSomebodyGotThrough) {
  const auto wide = plan(bounds(11min, 61min));

  ASSERT_TRUE(wide);
  EXPECT_GT(wide->first, 11min);
  EXPECT_LT(wide->first, 61min);
  EXPECT_EQ(wide->known_end, 61min);
}

TEST(KnockPlan, StopsProbingWhereTheBoundsAreClose) {
  const auto close = plan(bounds(710s, 715s));

  ASSERT_TRUE(close);
  EXPECT_EQ(close->first, 715s);
  EXPECT_EQ(close->known_end, 715s);
}

// Whatever the window is: knocks that are refused or let through narrow the bounds until what is
// left is worth less than a knock.
TEST(KnockPlan, ComesCloseToAnyWindowWithinAFewMails) {
  for (const Duration window : {17s, 180s, 333s, 600s, 1000s, 1801s, 3000s}) {
    auto site = bounds(0s, std::max<Duration>(window, first_of_series));
    int refused = 0;
    for (int mail = 0; mail < 20; ++mail) {
      const auto made = plan(site);
      ASSERT_TRUE(made);
      queue::SiteLesson pass{.site = "mx.example", .age = made->first, .has_passed = true};
      if (made->first < window) {
        ++refused;
        site = queue::with_lesson(site, {.site = "mx.example", .age = made->first});
        pass.age = std::max(made->known_end, first_of_series);
        pass.refused = made->first;
      }
      site = queue::with_lesson(site, pass);
    }
    EXPECT_LE(*site.earliest_pass - window, 3min) << window.count();
    EXPECT_LE(refused, 8) << window.count();
  }
}

TEST(KnockPlan, RecognisesAGreylisterThatOpensTheDoorAtTheSecondContact) {
  auto site = bounds(31min, 32min);
  site.two_step = queue::WindowBounds{.above = 16min, .upto = 31min};

  const auto made = plan(site);

  ASSERT_TRUE(made);
  EXPECT_TRUE(made->is_two_step);
  EXPECT_EQ(made->first, 25min);
}

TEST(KnockPlan, TakesAKnownWindowBetweenCloseBoundsForNoDoor) {
  auto site = bounds(9min, 10min);
  site.two_step = queue::WindowBounds{.above = 6min, .upto = 9min};

  const auto made = plan(site);

  ASSERT_TRUE(made);
  EXPECT_FALSE(made->is_two_step);
  EXPECT_EQ(made->first, 10min);
}

TEST(KnockPlan, WithoutSignsOfADoorIsOfOneStep) {
  EXPECT_FALSE(plan(bounds(24min, 26min))->is_two_step);
}

TEST(KnockPlan, LooksForAShorterWindowAfterFiftyPassesWithoutARefusal) {
  auto site = bounds(400s, 401s);
  site.passes_since_refusal = 49;
  const auto before = plan(site);

  site.passes_since_refusal = 50;
  const auto doubting = plan(site);

  EXPECT_EQ(before->first, 401s);
  EXPECT_EQ(doubting->first, 5min);
  EXPECT_EQ(doubting->known_end, 401s);
}

// A lesson that changes no plan needs no new one.
TEST(KnockPlan, FactsThatGiveTheSamePlanDo) {
  const auto planned = [](const queue::SiteFacts& site) {
    const auto plan = plan_knock(prior, site, first_of_series);
    return plan ? std::tuple(plan->first, plan->known_end, plan->is_two_step)
                : std::tuple(Duration(), Duration(), false);
  };
  std::size_t same = 0;
  queue::SiteFacts facts{.site = "mx.example"};
  for (int i = 0; i < 400; ++i) {
    const queue::SiteLesson lesson{.site = "mx.example",
                                   .age = std::chrono::minutes(i * 7 % 60 + 1),
                                   .has_passed = i % 60 > 7,
                                   .at = Instant(i * 1h)};
    const auto after = with_lesson(facts, lesson);
    if (give_same_plan(facts, after)) {
      ++same;
      ASSERT_EQ(planned(facts), planned(after)) << i;
    }
    facts = after;
  }
  EXPECT_GT(same, 100U);
  EXPECT_LT(same, 400U);
}

}  // namespace
}  // namespace greyhound::scheduler
