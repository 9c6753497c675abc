#include "scheduler/greylist/wait_choice.hpp"

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

using queue::WaitSource;

const Greylister five_minutes{.id = "five", .name = "Five", .window = 5min, .pending = 48h};
const Greylister half_an_hour{.id = "half", .name = "Half", .window = 30min, .pending = 48h};
const Greylister three_minutes{.id = "three", .name = "Three", .window = 3min, .pending = 48h};
const Greylister three_contacts{
    .id = "door", .name = "Door", .window = 25min, .pending = 4h, .third_contact = 60s};

// The refusal that was just heard, number `knocks` of a series that began at noon.
struct Refusal {
  RetrySettings settings = one_rule();
  queue::GreylistRun run = {.knocks = 1};
  std::uint32_t position = 1;
  Duration age = {};
  GreylistReply reply = {};
  bool believes_stated = true;
  std::optional<KnockPlan> plan = {};

  WaitChoice choose() const {
    return choose_wait({.rule = settings.rules.front(),
                        .settings = settings,
                        .run = run,
                        .position = position,
                        .anchor = noon,
                        .now = noon + age,
                        .reply = reply,
                        .believes_stated = believes_stated,
                        .plan = plan});
  }
  // The same greylister again, after the wait that was chosen and `dice` of its jitter.
  Refusal again(double dice = 0) const {
    const auto chosen = choose();
    auto next = *this;
    next.age += total_wait(chosen.wait, chosen.terms, dice);
    next.run = chosen.run;
    next.run.refused_before = next.run.refused;
    next.run.refused = next.age;
    ++next.run.knocks;
    next.position = chosen.position + 1;
    return next;
  }
};

Duration least_wait(const WaitChoice& choice) {
  return total_wait(choice.wait, choice.terms, 0);
}
Duration most_wait(const WaitChoice& choice) {
  return total_wait(choice.wait, choice.terms, 1);
}

TEST(WaitChoice, OfAStrangerFollowsTheSeries) {
  const Refusal refusal;

  const auto choice = refusal.choose();

  EXPECT_EQ(choice.terms.source, WaitSource::series);
  EXPECT_EQ(choice.wait, 6min);
  EXPECT_EQ(refusal.again().choose().wait, 10min);
  EXPECT_EQ(refusal.again().again().choose().wait, 15min);
}

TEST(WaitChoice, NoJitterMakesAWaitSoLongThatTheMailIsForgotten) {
  Refusal refusal;
  refusal.settings.rules.front().greylist = {3h};
  refusal.settings.rules.front().jitter_fraction = 0.5;

  const auto choice = refusal.choose();

  EXPECT_EQ(least_wait(choice), 108min);
  EXPECT_GT(most_wait(choice), 112min);
  EXPECT_LT(most_wait(choice), 2h);
}

// The series would wait no longer than 108 minutes either.
TEST(WaitChoice, WhatIsKnownIsNotPutOffUntilTheMailIsForgotten) {
  Refusal refusal;
  refusal.settings.rules.front().greylist = {5h};
  refusal.plan = KnockPlan{.first = 5min, .known_end = 10min};

  const auto second = refusal.again().choose();

  EXPECT_EQ(second.terms.source, WaitSource::known_end);
  EXPECT_GT(most_wait(second), 100min);
  EXPECT_LT(most_wait(second), 2h);
}

TEST(WaitChoice, DoesNotWaitForTheWindowOfTheFirstWhoseWordsManyUse) {
  Refusal refusal;
  refusal.reply = {.signature = {&half_an_hour}, .is_shared = true};

  const auto second = refusal.again();
  const auto third = second.again();

  EXPECT_EQ(refusal.choose().terms.source, WaitSource::series);
  EXPECT_EQ(least_wait(refusal.choose()), 6min);
  EXPECT_EQ(second.choose().terms.signature, "half");
  EXPECT_EQ(second.age + least_wait(second.choose()), 30min + 2s);
  EXPECT_EQ(third.choose().terms.source, WaitSource::series);
}

TEST(WaitChoice, KnocksAtTheShortWindowOfOneWhoseWordsManyUse) {
  Refusal refusal;
  refusal.reply = {.signature = {&three_minutes}, .is_shared = true};

  EXPECT_EQ(least_wait(refusal.choose()), 3min + 2s);
}

TEST(WaitChoice, FollowsTheSeriesWhereTheWindowOfSharedWordsIsFarOff) {
  const Greylister two_hours{.id = "two", .name = "Two", .window = 2h, .pending = 48h};
  Refusal refusal;
  refusal.reply = {.signature = {&two_hours}, .is_shared = true};

  EXPECT_EQ(refusal.choose().terms.source, WaitSource::series);
  EXPECT_EQ(refusal.again().choose().terms.source, WaitSource::series);
  EXPECT_EQ(refusal.again().choose().terms.most, 108min);
}

TEST(WaitChoice, PrefersWhatIsStatedToWhatIsLearnedToASignatureToTheSeries) {
  Refusal refusal;
  refusal.reply = {.stated = 200s, .signature = {&five_minutes}};
  refusal.plan = KnockPlan{.first = 4min, .known_end = 4min};

  const auto stated = refusal.choose();
  refusal.reply.stated.reset();
  const auto learned = refusal.choose();
  refusal.plan.reset();
  const auto signature = refusal.choose();

  EXPECT_EQ(stated.terms.source, WaitSource::stated);
  EXPECT_EQ(least_wait(stated), 210s);
  EXPECT_EQ(most_wait(stated), 213s);
  EXPECT_EQ(learned.terms.source, WaitSource::learned);
  EXPECT_EQ(least_wait(learned), 4min + 2s);
  EXPECT_EQ(most_wait(learned), 4min + 5s);
  EXPECT_EQ(signature.terms.source, WaitSource::signature);
  EXPECT_EQ(signature.terms.signature, "five");
  EXPECT_EQ(least_wait(signature), 5min + 2s);
}

TEST(WaitChoice, EachOfThemCanBeTurnedOff) {
  Refusal refusal;
  refusal.reply = {.stated = 200s, .signature = {&five_minutes}};
  refusal.plan = KnockPlan{.first = 4min, .known_end = 4min};

  refusal.settings.hints.obey = false;
  EXPECT_EQ(refusal.choose().terms.source, WaitSource::learned);
  refusal.settings.learning.is_enabled = false;
  EXPECT_EQ(refusal.choose().terms.source, WaitSource::signature);
  refusal.settings.obeys_signatures = false;
  EXPECT_EQ(refusal.choose().terms.source, WaitSource::series);
}

TEST(WaitChoice, WithoutAdaptionIsTheSeriesToTheLetter) {
  Refusal refusal;
  refusal.settings.rules.front().adapt = false;
  refusal.reply = {.stated = 200s, .signature = {&five_minutes}};
  refusal.plan = KnockPlan{.first = 4min, .known_end = 4min};

  const auto choice = refusal.choose();

  EXPECT_EQ(choice.terms, queue::DueTerms{});
  EXPECT_EQ(choice.wait, 6min);
}

TEST(WaitChoice, ObeysAStatedWaitWithinTheAdminsBounds) {
  Refusal refusal;
  refusal.reply.stated = 1s;
  EXPECT_EQ(least_wait(refusal.choose()), 30s);
  refusal.reply.stated = 0s;
  EXPECT_EQ(least_wait(refusal.choose()), 30s);
  refusal.reply.stated = 7 * 24h;
  EXPECT_EQ(least_wait(refusal.choose()), 4h + 10s);
}

TEST(WaitChoice, CountsARepeatedStatedWaitFromTheReplyThatSaidItFirst) {
  Refusal refusal;
  refusal.reply.stated = 300s;
  auto early = refusal.again();
  early.age = 100s;  // an operator was impatient

  EXPECT_EQ(least_wait(early.choose()), 210s);
}

TEST(WaitChoice, GoesBackToTheSeriesWhenAStatedWaitHasNotComeTrue) {
  Refusal refusal;
  refusal.reply.stated = 300s;

  const auto choice = refusal.again().choose();

  EXPECT_EQ(choice.terms.source, WaitSource::series);
  EXPECT_EQ(choice.wait, 10min);
}

TEST(WaitChoice, ObeysAnotherNumberInALaterReply) {
  Refusal refusal;
  auto second = refusal.again();
  second.reply.stated = 217s;

  EXPECT_EQ(second.choose().terms.source, WaitSource::stated);
  EXPECT_EQ(least_wait(second.choose()), 227s);
}

TEST(WaitChoice, DoesNotBelieveASiteWhoseWaitsDidNotComeTrue) {
  Refusal refusal;
  refusal.reply.stated = 200s;
  refusal.believes_stated = false;

  EXPECT_EQ(refusal.choose().terms.source, WaitSource::series);
}

TEST(WaitChoice, AfterAProbeInVainGoesToWhereOthersGotThrough) {
  Refusal refusal;
  refusal.plan = KnockPlan{.first = 7min, .known_end = 15min};

  const auto second = refusal.again();
  const auto choice = second.choose();
  const auto third = second.again().choose();

  EXPECT_EQ(choice.terms.source, WaitSource::known_end);
  EXPECT_EQ(second.age + least_wait(choice), 15min + 2s);
  EXPECT_EQ(third.terms.source, WaitSource::series);
  EXPECT_EQ(third.wait, 10min);
}

TEST(WaitChoice, KnocksOnceMoreAMinuteAfterAKnockThatOnlyOpensTheDoor) {
  Refusal by_signature;
  by_signature.reply.signature = {&three_contacts};
  Refusal by_learning;
  by_learning.plan = KnockPlan{.first = 25min, .known_end = 61min, .is_two_step = true};

  EXPECT_EQ(by_signature.choose().wait, 25min);
  EXPECT_EQ(by_signature.again().choose().terms.source, WaitSource::third_contact);
  EXPECT_EQ(least_wait(by_signature.again().choose()), 62s);
  EXPECT_EQ(least_wait(by_learning.again().choose()), 62s);
  EXPECT_EQ(by_learning.again().again().choose().terms.source, WaitSource::known_end);
}

TEST(WaitChoice, WhereSeveralGreylistersReplyAlikeWaitsForTheLongerIfThatIsCheap) {
  Refusal refusal;
  refusal.reply.signature = {&three_minutes, &five_minutes};

  EXPECT_EQ(refusal.choose().terms.signature, "five");
}

TEST(WaitChoice, RetryNIsNeverMadeBeforeTheSeriesWouldMakeItsRetryBeforeThat) {
  Refusal refusal;
  refusal.plan = KnockPlan{.first = 1min, .known_end = 3min};
  const std::vector<Duration> series{6min, 16min, 31min, 61min, 91min};

  for (const auto age : series) {
    refusal = refusal.again();
    EXPECT_GE(refusal.age + least_wait(refusal.choose()), age);
    refusal.plan.reset();
  }
}

TEST(WaitChoice, JitterIsOnlyEverLaterAndShortWithinTheHour) {
  auto rule = a_rule();
  rule.jitter_fraction = 0.05;

  EXPECT_EQ(series_jitter(rule, 10min), 30s);
  EXPECT_EQ(series_jitter(rule, 1h), 60s);
  EXPECT_EQ(series_jitter(rule, 3h), 9min);
  EXPECT_EQ(total_wait(10min, {.jitter_most = 30s}, 0), 10min);
  EXPECT_EQ(total_wait(10min, {.jitter_most = 30s}, 0.5), 10min + 15s);
}

}  // namespace
}  // namespace greyhound::scheduler
