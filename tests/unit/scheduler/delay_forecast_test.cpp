// What a delay notice says of the future, and how long it waits for it (delay.grace).
#include <gtest/gtest.h>

#include "scheduler/decision.hpp"
#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

const Greylister slow{.id = "slow",
                      .name = "Slow",
                      .window = 25min,
                      .code = 451,
                      .texts = {"451 4.7.1 Slow greylister at work"}};

mail::Outcome slow_reply() {
  return replied(mail::Stage::rcpt, 451, {"4.7.1 Slow greylister at work"});
}

// The third attempt at once: retry 2 has just failed.
struct ThirdAttempt {
  ThirdAttempt() {
    delivery.attempts = 2;
    notification.delay.grace = 30min;
  }
  Decision decide_on(const mail::Outcome& outcome) const {
    return decide({message, delivery, retry, notification, now},
                  open_recipients(delivery),
                  report({outcome}));
  }

  queue::Message message = a_message();
  queue::Delivery delivery = a_delivery(message);
  RetrySettings retry = one_rule();
  notify::NotificationSettings notification = plain_notification();
  Instant now = noon + 10min;
};

TEST(DelayForecast, ASeriesAloneIsNone) {
  const ThirdAttempt at;

  const auto decision = at.decide_on(greylisted());

  EXPECT_EQ(decision.passes_at, std::nullopt);
  EXPECT_TRUE(decision.wants_delay_notice);
}

TEST(DelayForecast, AStatedWaitThatEndsWithinTheGraceHoldsTheNoticeBack) {
  const ThirdAttempt at;

  const auto decision = at.decide_on(
      replied(mail::Stage::rcpt, 451, {"4.7.1 Greylisted, please try again in 20 minutes"}));

  ASSERT_TRUE(decision.passes_at);
  EXPECT_EQ(*decision.passes_at, decision.after.due);
  EXPECT_FALSE(decision.wants_delay_notice);
}

TEST(DelayForecast, AStatedWaitThatEndsLaterDoesNot) {
  const ThirdAttempt at;

  EXPECT_TRUE(
      at.decide_on(
            replied(mail::Stage::rcpt, 451, {"4.7.1 Greylisted, please try again in 40 minutes"}))
          .wants_delay_notice);
}

TEST(DelayForecast, WithoutAnyGraceTheNoticeAlwaysFollowsTheRetry) {
  ThirdAttempt at;
  at.notification.delay.grace = 0s;

  EXPECT_TRUE(
      at.decide_on(replied(mail::Stage::rcpt, 451, {"4.7.1 Greylisted, try again in 1 minute"}))
          .wants_delay_notice);
}

TEST(DelayForecast, AKnownGreylisterTellsWhenItOpens) {
  ThirdAttempt at;
  at.retry.catalogue = std::make_shared<const Catalogue>(Greylisters{slow});

  const auto decision = at.decide_on(slow_reply());

  EXPECT_EQ(decision.usual_passage, Duration(25min));
  EXPECT_FALSE(decision.wants_delay_notice);
}

TEST(DelayForecast, ThatHasFailedAsksForTheNoticeWithTheNextAttempt) {
  ThirdAttempt at;
  at.retry.catalogue = std::make_shared<const Catalogue>(Greylisters{slow});
  at.delivery = at.decide_on(slow_reply()).after;
  at.now = at.delivery.due;

  const auto decision = at.decide_on(slow_reply());

  EXPECT_EQ(decision.after.attempts, 4U);
  EXPECT_TRUE(decision.wants_delay_notice);
}

TEST(DelayForecast, OtherMailToTheSiteTellsWhenItPasses) {
  const ThirdAttempt at;
  KnownSite site{queue::SiteFacts{.site = "mx.there.example"}};
  for (const auto age : {8min, 9min})
    site.learn(queue::SiteLesson{
        .site = "mx.there.example", .age = age, .has_passed = true, .at = noon, .refused = 6min});

  const auto decision = decide({.message = at.message,
                                .delivery = at.delivery,
                                .retry = at.retry,
                                .notification = at.notification,
                                .now = at.now,
                                .site = &site},
                               open_recipients(at.delivery),
                               report({greylisted()}));

  ASSERT_TRUE(decision.usual_passage);
  EXPECT_GE(*decision.usual_passage, 8min);
  EXPECT_LE(*decision.usual_passage, 9min);
  EXPECT_FALSE(decision.wants_delay_notice);
}

TEST(DelayRules, ARuleForAClassHasItsOwnRetry) {
  ThirdAttempt at;
  at.notification.delay.grace = 0s;
  notify::NoticeRule rule{.terms = at.notification};
  rule.classes = {mail::ReplyClass::greylist};
  rule.terms.delay.after_retry = 3;
  at.notification.rules = {rule};

  EXPECT_FALSE(at.decide_on(greylisted()).wants_delay_notice);
  EXPECT_TRUE(at.decide_on(over_quota()).wants_delay_notice);
}

}  // namespace
}  // namespace greyhound::scheduler
