#include "scheduler/retry_policy.hpp"

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

using mail::ReplyClass;
using queue::Series;

constexpr mail::Classification says_greylist{ReplyClass::greylist, true};
constexpr mail::Classification says_full{ReplyClass::mailbox_full, false};
constexpr mail::Classification no_contact{ReplyClass::connection, false};

TEST(RetryPolicy, TakesTheFirstRuleThatMatches) {
  RetrySettings settings;
  auto by_domain = a_rule();
  by_domain.name = "by domain";
  by_domain.match.domains = {"*.slow.example", "other.example"};
  auto by_class = a_rule();
  by_class.name = "by class";
  by_class.match.classes = {ReplyClass::rate_limit};
  auto by_text = a_rule();
  by_text.name = "by text";
  by_text.match.texts = {"*come back tomorrow*"};
  settings.rules = {by_domain, by_class, by_text, a_rule()};
  const auto rule_for = [&settings](const RuleFacts& facts) {
    return choose_rule(settings, facts).name;
  };

  EXPECT_EQ(rule_for({.domain = "a.slow.example", .sender = ""}), "by domain");
  EXPECT_EQ(rule_for({.domain = "slow.example", .sender = ""}), "default");
  const auto slow_down = replied(mail::Stage::rcpt, 451, {"slow down"});
  RuleFacts limited{.domain = "x.example", .sender = "", .outcome = &slow_down};
  limited.reply_class = ReplyClass::rate_limit;
  EXPECT_EQ(rule_for(limited), "by class");
  limited.outcome = nullptr;
  EXPECT_EQ(rule_for(limited), "default");
  const auto come_back = replied(mail::Stage::rcpt, 450, {"Please COME BACK TOMORROW"});
  const RuleFacts tomorrow{.domain = "x.example", .sender = "", .outcome = &come_back};
  EXPECT_EQ(rule_for(tomorrow), "by text");
}

TEST(RetryPolicy, WaitIOfTheRetrySeriesFollowsAttemptIAndTheLastRepeats) {
  const auto rule = a_rule();
  const std::vector<Duration> expected{5min, 10min, 20min, 20min, 20min};

  for (std::uint32_t attempt = 1; attempt <= expected.size(); ++attempt) {
    const auto step = next_step(rule,
                                {.series = Series::retry,
                                 .position = attempt - 1,
                                 .attempts = attempt,
                                 .classification = says_full,
                                 .starts_anew = false});
    EXPECT_EQ(step.wait, expected[attempt - 1]);
    EXPECT_EQ(step.position, attempt);
    EXPECT_EQ(step.series, Series::retry);
  }
}

TEST(RetryPolicy, TheGreylistSeriesStartsAtTheFirstGreylistReplyWhateverTheAttempt) {
  const auto step = next_step(a_rule(),
                              {.series = Series::retry,
                               .position = 7,
                               .attempts = 8,
                               .classification = says_greylist,
                               .starts_anew = false});

  EXPECT_EQ(step.series, Series::greylist);
  EXPECT_EQ(step.position, 1U);
  EXPECT_EQ(step.wait, 6min);
  EXPECT_TRUE(step.starts_greylist);
}

TEST(RetryPolicy, AFailureThatSaysNothingLeavesTheGreylistSeriesRunning) {
  const auto step = next_step(a_rule(),
                              {.series = Series::greylist,
                               .position = 1,
                               .attempts = 2,
                               .classification = no_contact,
                               .starts_anew = false});

  EXPECT_EQ(step.series, Series::greylist);
  EXPECT_EQ(step.position, 2U);
  EXPECT_EQ(step.wait, 10min);
  EXPECT_FALSE(step.starts_greylist);
}

TEST(RetryPolicy, ADefiniteReasonReturnsToTheRetrySeriesAtTheAttemptNumber) {
  const auto step = next_step(a_rule(),
                              {.series = Series::greylist,
                               .position = 2,
                               .attempts = 3,
                               .classification = says_full,
                               .starts_anew = false});

  EXPECT_EQ(step.series, Series::retry);
  EXPECT_EQ(step.wait, 20min);
}

TEST(RetryPolicy, AFirstContactInTheGreylistersEyesStartsTheGreylistSeriesAnew) {
  const auto step = next_step(a_rule(),
                              {.series = Series::greylist,
                               .position = 3,
                               .attempts = 4,
                               .classification = says_greylist,
                               .starts_anew = true});

  EXPECT_EQ(step.position, 1U);
  EXPECT_TRUE(step.starts_greylist);
}

TEST(RetryPolicy, DiceAreTheSameForTheSameAttemptAndSpreadOverTheRange) {
  double sum = 0;
  constexpr int throws = 10'000;
  for (int i = 0; i < throws; ++i) {
    const queue::DeliveryId id{queue::MessageId(some_id.value() + 16ULL * i), 1};
    const auto dice = jitter_dice(id, 1);
    ASSERT_GE(dice, 0);
    ASSERT_LT(dice, 1);
    ASSERT_EQ(dice, jitter_dice(id, 1));
    sum += dice;
  }

  EXPECT_NEAR(sum / throws, 0.5, 0.02);
  EXPECT_NE(jitter_dice({some_id, 1}, 1), jitter_dice({some_id, 1}, 2));
}

}  // namespace
}  // namespace greyhound::scheduler
