// Mail from <> that failed: kept for an operator, tried when he asks, dropped in the end.
#include "scheduler/undeliverable.hpp"

#include <gmock/gmock.h>

#include "unit/scheduler/dispatcher_fixture.hpp"

namespace greyhound::scheduler {
namespace {

using queue::Disposition;
using testing::ElementsAre;
using testing::IsEmpty;

struct Bounce {
  queue::Message message = a_message(mail::ReversePath{});
  queue::Delivery delivery = a_delivery(message, {"a@there.example", "b@there.example"});
  RetrySettings retry = one_rule();
  notify::NotificationSettings notification = plain_notification();
  Instant now = noon + 1min;

  Decision decide_on(std::vector<mail::Outcome> outcomes) const {
    return decide(facts(), open_recipients(delivery), report(std::move(outcomes)));
  }
  DecisionFacts facts() const { return {message, delivery, retry, notification, now}; }
};

TEST(Undeliverable, IsKeptForItsTimeAndNotTried) {
  const Bounce bounce;

  const auto after = bounce.decide_on({no_such_user(), no_such_user()}).after;

  EXPECT_EQ(after.undeliverable_since, bounce.now);
  EXPECT_EQ(after.expires, bounce.now + 24h * 30);
  EXPECT_EQ(after.due, after.expires);
  EXPECT_TRUE(after.has_open_recipients());
  EXPECT_EQ(after.recipients[0].last->outcome.to_string(), "550 5.1.1 no such user");
  EXPECT_EQ(state_name(after), "undeliverable");
}

TEST(Undeliverable, IsOnlyWhatFailedOnceTheOthersAreDone) {
  Bounce bounce;

  bounce.delivery = bounce.decide_on({no_such_user(), greylisted()}).after;
  EXPECT_FALSE(bounce.delivery.undeliverable_since);
  EXPECT_EQ(bounce.delivery.recipients[0].disposition, Disposition::failed);
  const auto after = bounce.decide_on({delivered()}).after;

  EXPECT_TRUE(after.undeliverable_since);
  EXPECT_EQ(after.recipients[0].disposition, Disposition::open);
  EXPECT_EQ(after.recipients[1].disposition, Disposition::delivered);
}

TEST(Undeliverable, WhatRanOutOfTimeIsKeptAsWell) {
  Bounce bounce;
  bounce.now = noon + 25h;

  EXPECT_TRUE(bounce.decide_on({greylisted(), greylisted()}).after.undeliverable_since);
  EXPECT_TRUE(expire(bounce.facts()).after.undeliverable_since);
}

TEST(Undeliverable, MailWithASenderIsReportedAndGone) {
  Bounce mail;
  mail.message = a_message();

  const auto after = mail.decide_on({no_such_user(), no_such_user()}).after;

  EXPECT_FALSE(after.undeliverable_since);
  EXPECT_FALSE(after.has_open_recipients());
}

TEST(Undeliverable, IsNotKeptWhereTheSettingsSayNot) {
  Bounce bounce;
  bounce.notification.keep_undeliverable = 0s;

  EXPECT_FALSE(bounce.decide_on({no_such_user(), no_such_user()}).after.has_open_recipients());
}

TEST(Undeliverable, TriedAgainInVainItStaysWithItsFirstDate) {
  Bounce bounce;
  bounce.delivery = bounce.decide_on({no_such_user(), no_such_user()}).after;
  const auto first = bounce.delivery;
  bounce.now += 24h;

  const auto after = bounce.decide_on({greylisted(), no_such_user()}).after;

  EXPECT_EQ(after.undeliverable_since, first.undeliverable_since);
  EXPECT_EQ(after.expires, first.expires);
  EXPECT_EQ(after.due, first.due);
}

TEST(Undeliverable, IsDroppedWhenItsTimeIsOver) {
  Bounce bounce;
  bounce.delivery = bounce.decide_on({no_such_user(), no_such_user()}).after;
  bounce.now = bounce.delivery.expires;

  EXPECT_FALSE(expire(bounce.facts()).after.has_open_recipients());
}

class UndeliverableTest : public DispatcherFixture {
 protected:
  // Hours instead of days: virtual time has its price too.
  static SchedulerSettings keeping_for_hours() {
    auto settings = default_settings();
    settings.notification.keep_undeliverable = 5h;
    return settings;
  }
  queue::DeliveryId send() { return accept({"r@there.example"}, mail::ReversePath{}); }
  std::size_t in_the_queue() { return store_.messages().size(); }
};

TEST_F(UndeliverableTest, WaitsForAnOperatorAndGoesWithItsNextSuccess) {
  bool has_mailbox = false;
  answer_ = [&](const MadeAttempt& made) {
    return all(made, has_mailbox ? delivered() : no_such_user());
  };
  start(keeping_for_hours());
  const auto id = send();
  time_.run_for(2h);
  ASSERT_THAT(times_of("r@there.example"), ElementsAre(0s));

  ASSERT_TRUE(run(store_.reschedule(id, time_.wall(), queue::Mover::an_operator)));
  time_.run_for(1h);
  ASSERT_EQ(courier_.attempts.size(), 2U);
  ASSERT_EQ(in_the_queue(), 1U);
  has_mailbox = true;
  ASSERT_TRUE(run(store_.reschedule(id, time_.wall(), queue::Mover::an_operator)));
  time_.run_for(1min);

  EXPECT_EQ(courier_.attempts.size(), 3U);
  EXPECT_EQ(in_the_queue(), 0U);
}

TEST_F(UndeliverableTest, IsDroppedWithoutAnotherAttemptOrAnyNotice) {
  answer_ = [](const MadeAttempt& made) { return all(made, no_such_user()); };
  start(keeping_for_hours());
  send();
  time_.run_for(5h - 1min);
  EXPECT_EQ(in_the_queue(), 1U);
  time_.run_for(2h);

  EXPECT_EQ(in_the_queue(), 0U);
  EXPECT_EQ(courier_.attempts.size(), 1U);
}

TEST_F(UndeliverableTest, IsDroppedAfterALongSleepToo) {
  answer_ = [](const MadeAttempt& made) { return all(made, no_such_user()); };
  start();
  send();
  time_.run_for(1h);
  stop_with_grace(0s);
  time_.run_for(24h * 60);
  start();
  time_.run_for(2h);

  EXPECT_EQ(in_the_queue(), 0U);
  EXPECT_EQ(courier_.attempts.size(), 1U);
}

TEST_F(UndeliverableTest, ANoticeThatFailsIsAnsweredByNoOther) {
  auto settings = keeping_for_hours();
  settings.notification.copies.of_bounces = true;
  settings.notification.postmaster = "postmaster@here.example";
  answer_ = [](const MadeAttempt& made) { return all(made, no_such_user()); };
  start(std::move(settings));

  accept({"r@there.example"}, address("sender@here.example"));
  time_.run_for(4h);

  // The mail, its failure notice, and what the postmaster is told of that.
  EXPECT_EQ(courier_.attempts.size(), 3U);
  EXPECT_EQ(in_the_queue(), 2U);
  time_.run_for(3h);
  EXPECT_EQ(in_the_queue(), 0U);
}

}  // namespace
}  // namespace greyhound::scheduler
