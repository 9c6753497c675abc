#include "scheduler/site_health.hpp"

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

using enum SiteAnswer;
using Change = SiteHealth::Change;

constexpr std::size_t most = 20;

SiteAnswer answer_to(const mail::AttemptReport& report) {
  return answer_of(report, *one_rule().reply_rules);
}

queue::DeliveryId delivery(std::uint16_t number) {
  return {some_id, number};
}

class SiteHealthTest : public testing::Test {
 protected:
  // A round of attempts that fill the site, begin now and end a second later.
  void round(SiteAnswer answer) {
    const auto count = health_.at_once(most);
    const auto began = now_;
    start(count);
    now_ += 1s;
    for (std::size_t i = 0; i < count; ++i)
      end(answer, began);
  }

  void start(std::size_t count) {
    for (std::size_t running = 1; running <= count; ++running)
      health_.note_start({.interval = 0s, .running = running, .most = most}, now_);
  }

  Change end(SiteAnswer answer, SteadyInstant began) {
    const SiteHealth::End ended{
        .answer = answer, .delivery = delivery(++number_), .began = began, .most = most};
    return health_.note_end(ended, now_);
  }

  Change probe(SiteAnswer answer) {
    const auto began = now_;
    start(1);
    now_ += 1s;
    return end(answer, began);
  }

  void die() {
    for (std::size_t i = 0; i < SiteHealth::silences_of_dead; ++i)
      probe(silent);
    ASSERT_TRUE(health_.is_dead());
  }

  SiteHealth health_;
  SteadyInstant now_{100h};
  std::uint16_t number_ = 0;
};

mail::AttemptReport of(mail::Stage stage, int code, std::string text) {
  return report({replied(stage, code, {std::move(text)})});
}

mail::Outcome cut_at(mail::Stage stage) {
  auto outcome = no_connection();
  outcome.stage = stage;
  return outcome;
}

TEST(SiteAnswer, IsSpokenWhereTheReplyIsAboutTheMail) {
  EXPECT_EQ(answer_to(report({delivered()})), spoke);
  EXPECT_EQ(answer_to(report({greylisted()})), spoke);
  EXPECT_EQ(answer_to(report({over_quota()})), spoke);
  EXPECT_EQ(answer_to(report({no_such_user()})), spoke);
  EXPECT_EQ(answer_to(of(mail::Stage::rcpt, 450, "try later")), spoke);
  EXPECT_EQ(answer_to(of(mail::Stage::rcpt, 421, "4.7.1 Greylisted, come back later")), spoke);
  EXPECT_EQ(answer_to(of(mail::Stage::rcpt, 452, "4.5.3 Too many recipients")), spoke);
  EXPECT_EQ(answer_to(report({cut_at(mail::Stage::tls)})), spoke);
}

TEST(SiteAnswer, IsPushingBackWhereTheReplyIsAboutUsAndNow) {
  EXPECT_EQ(answer_to(of(mail::Stage::mail, 421, "4.3.0 bye")), pushed_back);
  EXPECT_EQ(answer_to(of(mail::Stage::rcpt, 450, "4.7.1 rate limit exceeded")), pushed_back);
  EXPECT_EQ(answer_to(of(mail::Stage::mail, 451, "4.3.2 system too busy")), pushed_back);
  EXPECT_EQ(answer_to(report({cut_at(mail::Stage::rcpt)})), pushed_back);
  EXPECT_EQ(answer_to(report({cut_after_the_dot()})), pushed_back);
  EXPECT_EQ(answer_to(report({delivered(), cut_at(mail::Stage::rcpt)})), pushed_back);
  EXPECT_EQ(answer_to(report({delivered(), no_connection()})), pushed_back);
}

TEST(SiteAnswer, IsSilenceWhereNoHostLetsUsBegin) {
  EXPECT_EQ(answer_to(report({no_connection()})), silent);
  EXPECT_EQ(answer_to(report({no_connection(), no_connection()})), silent);
  EXPECT_EQ(answer_to(of(mail::Stage::greeting, 554, "no service here")), silent);
  EXPECT_EQ(answer_to(of(mail::Stage::greeting, 421, "too many connections")), silent);
}

TEST(SiteAnswer, IsNoneWhereTheTroubleIsOurs) {
  auto ours = report({no_connection()});
  ours.our_fault = "no local address";

  EXPECT_EQ(answer_to(ours), none);
  EXPECT_EQ(answer_to(report({cut_at(mail::Stage::local)})), none);
  EXPECT_EQ(answer_to(report({cut_at(mail::Stage::dns)})), none);
}

TEST_F(SiteHealthTest, BeginsModestAndDoublesEachRoundThatTheSiteTakes) {
  EXPECT_EQ(health_.at_once(most), 5U);
  round(spoke);
  EXPECT_EQ(health_.at_once(most), 10U);
  round(spoke);
  EXPECT_EQ(health_.at_once(most), 20U);
  round(spoke);
  EXPECT_EQ(health_.at_once(most), 20U);
}

TEST_F(SiteHealthTest, NeverAllowsMoreThanTheSettings) {
  EXPECT_EQ(health_.at_once(2), 2U);
}

TEST_F(SiteHealthTest, DoesNotGrowByRoomThatNobodyUses) {
  for (int i = 0; i < 100; ++i) {
    const auto began = now_;
    start(4);
    now_ += 1s;
    end(spoke, began);
  }

  EXPECT_EQ(health_.at_once(most), 5U);
}

TEST_F(SiteHealthTest, HalvesOnceForAllThatBeganBeforeThePushback) {
  round(spoke);
  round(spoke);

  round(pushed_back);

  EXPECT_EQ(health_.at_once(most), 10U);
}

TEST_F(SiteHealthTest, GrowsByAboutOneARoundOnceTheSiteHasPushedBack) {
  round(spoke);
  round(spoke);
  round(pushed_back);

  round(spoke);
  EXPECT_EQ(health_.at_once(most), 10U);
  round(spoke);
  EXPECT_EQ(health_.at_once(most), 11U);
  round(spoke);
  round(spoke);
  EXPECT_EQ(health_.at_once(most), 13U);
}

TEST_F(SiteHealthTest, AlwaysLeavesRoomForOne) {
  for (int i = 0; i < 10; ++i)
    round(pushed_back);

  EXPECT_EQ(health_.at_once(most), 1U);
  EXPECT_FALSE(health_.is_dead());
}

TEST_F(SiteHealthTest, DiesOfThreeSilencesInARow) {
  EXPECT_EQ(probe(silent), Change::none);
  EXPECT_EQ(probe(silent), Change::none);
  EXPECT_EQ(probe(silent), Change::died);

  EXPECT_EQ(health_.dead_since(), now_);
  EXPECT_EQ(health_.at_once(most), 1U);
}

TEST_F(SiteHealthTest, DoesNotDieWhereAnyAnswerComesBetween) {
  for (int i = 0; i < 10; ++i) {
    probe(silent);
    probe(silent);
    probe(i % 2 == 0 ? pushed_back : spoke);
  }

  EXPECT_FALSE(health_.is_dead());
}

TEST_F(SiteHealthTest, DoesNotDieOfOneDeliveryHoweverOftenItFails) {
  for (int i = 0; i < 100; ++i) {
    number_ = 6;
    probe(silent);
  }

  EXPECT_FALSE(health_.is_dead());
}

TEST_F(SiteHealthTest, RestsBetweenProbesForLongerAndLongerUpToAMinute) {
  die();

  std::vector<Duration> rests{health_.next_probe() - now_};
  for (int i = 0; i < 5; ++i) {
    probe(silent);
    rests.push_back(health_.next_probe() - now_);
  }

  EXPECT_EQ(rests, (std::vector<Duration>{5s, 10s, 20s, 40s, 1min, 1min}));
}

TEST_F(SiteHealthTest, WhatBeganBeforeItsDeathIsNoProbe) {
  const auto before = now_;
  die();
  const auto next_probe = health_.next_probe();

  now_ += 30s;
  end(silent, before);

  EXPECT_EQ(health_.next_probe(), next_probe);
}

TEST_F(SiteHealthTest, OneAnswerBringsItBackAsItBegan) {
  die();
  probe(silent);

  EXPECT_EQ(probe(pushed_back), Change::revived);

  EXPECT_EQ(health_.at_once(most), 5U);
  round(spoke);
  EXPECT_EQ(health_.at_once(most), 10U);
  die();
  EXPECT_EQ(health_.next_probe() - now_, SiteHealth::shortest_rest);
}

TEST_F(SiteHealthTest, OurOwnTroubleChangesNothing) {
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(probe(none), Change::none);

  EXPECT_EQ(health_.at_once(most), 5U);
  EXPECT_FALSE(health_.is_dead());
}

TEST_F(SiteHealthTest, WhatItLearnedIsGoodForAnHour) {
  die();
  const auto last = now_;

  health_.forget_what_is_old(last + 1h);
  EXPECT_TRUE(health_.is_dead());

  health_.forget_what_is_old(last + 1h + 1us);
  EXPECT_FALSE(health_.is_dead());
  EXPECT_EQ(health_.at_once(most), 5U);
}

TEST_F(SiteHealthTest, KeepsTheIntervalBetweenTwoStarts) {
  EXPECT_LE(health_.next_start(), now_);

  health_.note_start({.interval = 20s, .running = 1, .most = most}, now_);

  EXPECT_EQ(health_.next_start(), now_ + 20s);
}

}  // namespace
}  // namespace greyhound::scheduler
