#include "scheduler/rehearsal/coverage.hpp"

#include <random>

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

using std::chrono::seconds;

Greylister greylister(Duration window, std::optional<Duration> pending) {
  return {.id = "it", .name = "It", .window = window, .pending = pending};
}

RetryRule to_the_letter(std::vector<Duration> waits) {
  auto rule = a_rule();
  rule.greylist = std::move(waits);
  rule.adapt = false;
  return rule;
}

TEST(Coverage, TellsAttemptAgeWasteAndEarlyTries) {
  const auto coverage =
      coverage_of(to_the_letter({6min, 10min, 15min}), {}, greylister(20min, 4h), 0);

  EXPECT_TRUE(coverage.passes());
  EXPECT_EQ(coverage.attempt, 4U);
  EXPECT_EQ(coverage.age, 31min);
  EXPECT_EQ(coverage.waste, 11min);
  EXPECT_EQ(coverage.early, 2U);
  EXPECT_TRUE(coverage.has_delay_notice);
}

TEST(Coverage, TellsWhatStandsInTheWay) {
  auto short_lived = to_the_letter({6min});
  short_lived.lifetime = 20min;
  auto of_few_attempts = to_the_letter({6min});
  of_few_attempts.max_attempts = 2;

  EXPECT_EQ(coverage_of(to_the_letter({3h}), {}, greylister(5min, 2h), 0).obstacle, Obstacle::gap);
  EXPECT_EQ(coverage_of(short_lived, {}, greylister(30min, 4h), 0).obstacle, Obstacle::lifetime);
  EXPECT_EQ(coverage_of(of_few_attempts, {}, greylister(30min, 4h), 0).obstacle,
            Obstacle::attempts);
}

TEST(Coverage, AnAdaptedSeriesNeverOutwaitsTheShortestMemory) {
  auto rule = to_the_letter({24h});
  rule.adapt = true;

  EXPECT_TRUE(coverage_of(rule, {}, greylister(5min, 2h), 1).passes());
}

// One greylister and one sender, looked at second by second, with a memory of their own.
struct Oracle {
  const RetryRule& rule;
  const Greylister& greylister;

  std::optional<std::pair<std::uint32_t, seconds>> run() const {
    const auto window = std::chrono::duration_cast<seconds>(*greylister.window);
    const auto lifetime = std::chrono::duration_cast<seconds>(rule.lifetime);
    std::optional<seconds> known_since;
    seconds next{0};
    std::uint32_t attempts = 0;
    for (seconds now{0}; now <= lifetime; now += 1s) {
      if (known_since && greylister.pending && now - *known_since > *greylister.pending) {
        known_since.reset();
      }
      if (now != next && now != lifetime) continue;
      ++attempts;
      if (known_since && now - *known_since >= window) return std::pair(attempts, now);
      if (!known_since) known_since = now;
      const auto index = std::min<std::size_t>(attempts, rule.greylist.size()) - 1;
      next = now + std::chrono::duration_cast<seconds>(rule.greylist[index]);
    }
    return std::nullopt;
  }
};

TEST(Coverage, AgreesWithALookAtEverySecond) {
  constexpr std::uint32_t seed = 5;
  SCOPED_TRACE(seed);
  std::mt19937 chance(seed);
  const auto between = [&chance](int least, int most) {
    return seconds(std::uniform_int_distribution<int>(least, most)(chance));
  };
  int never = 0;
  for (int i = 0; i < 400; ++i) {
    std::vector<Duration> waits;
    for (int n = std::uniform_int_distribution<int>(1, 5)(chance); n > 0; --n)
      waits.push_back(between(30, 7200));
    auto rule = to_the_letter(waits);
    rule.lifetime = between(600, 2 * 86'400);
    const auto window = between(0, 5400);
    const auto it = greylister(window, window + between(60, 14'400));

    const auto coverage = coverage_of(rule, {}, it, 0);
    const auto seen = Oracle{rule, it}.run();

    ASSERT_EQ(coverage.passes(), seen.has_value()) << i;
    if (!seen) {
      ++never;
      continue;
    }
    ASSERT_EQ(coverage.attempt, seen->first) << i;
    ASSERT_EQ(coverage.age, seen->second) << i;
  }
  EXPECT_GT(never, 10);
}

}  // namespace
}  // namespace greyhound::scheduler
