#include "scheduler/greylist/window_prior.hpp"

#include <gtest/gtest.h>

namespace greyhound::scheduler {
namespace {

using namespace std::chrono_literals;

constexpr double four_hours = 4 * 3600;

Greylister with_window(std::optional<Duration> window) {
  return {.id = "x", .name = "X", .window = window};
}

Greylister with_door(Duration window) {
  auto made = with_window(window);
  made.third_contact = 60s;
  return made;
}

TEST(WindowPrior, OfWindowsWithinFourHoursWeighsOneInAll) {
  const WindowPrior prior({with_window(5min), with_window(1h)});

  EXPECT_NEAR(prior.plain(0, four_hours).weight, 1, 1e-9);
}

TEST(WindowPrior, IsTheSumOverItsParts) {
  const WindowPrior prior({with_window(0s), with_window(5min), with_window(1h)});
  const auto whole = prior.plain(0, four_hours);

  const auto low = prior.plain(0, 300);
  const auto high = prior.plain(300, four_hours);

  EXPECT_NEAR(low.weight + high.weight, whole.weight, 1e-9);
  EXPECT_NEAR(low.moment + high.moment, whole.moment, 1e-6);
}

TEST(WindowPrior, TakesTheWindowOfAKnownGreylisterForMuchLikelierThanItsNeighbours) {
  const WindowPrior prior({with_window(5min)});

  EXPECT_GT(prior.plain(299, 300).weight, 100 * prior.plain(300, 301).weight);
}

TEST(WindowPrior, TakesAWindowThatTwoOfThreeHaveForTwiceAsLikely) {
  const WindowPrior prior({with_window(5min), with_window(10min), with_window(5min)});
  const auto flat = prior.plain(400, 401).weight;

  const auto five = prior.plain(299, 300).weight - flat;
  const auto ten = prior.plain(599, 600).weight - flat;

  EXPECT_NEAR(five, 2 * ten, 1e-9);
  EXPECT_EQ(prior.plain_lengths(), (std::vector<double>{300, 600}));
}

TEST(WindowPrior, GivesEveryWindowWithinFourHoursAChance) {
  const WindowPrior prior({with_window(5min)});

  EXPECT_GT(prior.plain(1000, 1001).weight, 0);
  EXPECT_GT(prior.plain(14'000, 14'001).weight, 0);
  EXPECT_GT(prior.plain(1000, 1001).weight, prior.plain(14'000, 14'001).weight);
  EXPECT_EQ(prior.plain(four_hours, 2 * four_hours).weight, 0);
}

TEST(WindowPrior, CountsAWindowThatEndsWithTheIntervalAndNotOneThatEndsBeforeIt) {
  const WindowPrior prior({with_window(5min)});

  EXPECT_GT(prior.plain(200, 300).weight, 0.5);
  EXPECT_LT(prior.plain(300, 400).weight, 0.5);
}

TEST(WindowPrior, CountsAWindowOfNoLengthInEveryIntervalFromZero) {
  const WindowPrior prior({with_window(0s)});

  EXPECT_GT(prior.plain(0, 1).weight, 0.5);
  EXPECT_GT(prior.plain(0, 0).weight, 0.5);
  EXPECT_LT(prior.plain(1, 2).weight, 0.5);
}

TEST(WindowPrior, HasItsMeanInsideTheInterval) {
  const WindowPrior prior({with_window(5min), with_window(25min)});

  const auto mass = prior.plain(200, 2000);

  EXPECT_GT(mass.moment, 200 * mass.weight);
  EXPECT_LT(mass.moment, 2000 * mass.weight);
}

TEST(WindowPrior, KeepsThoseThatOnlyOpenTheDoorApart) {
  const WindowPrior prior({with_window(5min), with_door(25min)});

  EXPECT_EQ(prior.plain_lengths(), std::vector<double>{300});
  EXPECT_EQ(prior.two_step_lengths(), std::vector<double>{1500});
  EXPECT_GT(prior.two_step(1499, 1500).weight, 100 * prior.plain(1499, 1500).weight);
  EXPECT_LT(prior.two_step(0, four_hours).weight, prior.plain(0, four_hours).weight);
}

TEST(WindowPrior, LearnsNothingFromAGreylisterWhoseWindowIsNotKnown) {
  const WindowPrior without({with_window(5min)});
  const WindowPrior with({with_window(5min), with_window(std::nullopt)});

  EXPECT_EQ(with.plain_lengths(), without.plain_lengths());
  EXPECT_EQ(with.plain(0, 300).weight, without.plain(0, 300).weight);
}

TEST(WindowPrior, OfAnEmptyCatalogueIsFlat) {
  const WindowPrior prior({});

  EXPECT_NEAR(prior.plain(0, 600).weight, prior.plain(600, 1200).weight, 1e-12);
  EXPECT_GT(prior.plain(0, 600).weight, 0);
}

}  // namespace
}  // namespace greyhound::scheduler
