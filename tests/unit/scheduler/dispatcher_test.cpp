// The dispatcher with the real decision code, in virtual time, over a store in memory and a courier
// whose answers the test writes.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "unit/scheduler/dispatcher_fixture.hpp"

namespace greyhound::scheduler {
namespace {

class DispatcherTest : public DispatcherFixture {};

TEST_F(DispatcherTest, DeliversAtOnceWhatIsAccepted) {
  start();

  accept({"a@there.example"});
  time_.run_for(1s);

  EXPECT_EQ(times_of("a@there.example"), std::vector<Duration>{0s});
  EXPECT_EQ(courier_.attempts[0].body, "Subject: x\r\n\r\nhello\r\n");
  EXPECT_EQ(store_.messages().size(), 0U);
}

TEST_F(DispatcherTest, RetriesAGreylistedDeliveryAtTheFirstWaitBehindItsWindow) {
  answer_ = [](const MadeAttempt& made) {
    return all(made, made.at < noon + 5min ? greylisted() : delivered());
  };
  start();

  accept({"a@there.example"});
  time_.run_for(1h);

  EXPECT_EQ(times_of("a@there.example"), (std::vector<Duration>{0s, 6min}));
  EXPECT_EQ(courier_.attempts[1].affinity.host, "mx.there.example");
  EXPECT_EQ(courier_.attempts[1].affinity.source, IpAddress::parse("192.0.2.7"));
  EXPECT_EQ(courier_.attempts[0].body, courier_.attempts[1].body);
}

TEST_F(DispatcherTest, SendsOneDelayNoticeAfterTheSecondRetryAndNoMore) {
  answer_ = [](const MadeAttempt& made) {
    const bool is_notice = made.recipients.front() == "sender@here.example";
    return all(made, is_notice ? delivered() : greylisted());
  };
  start();

  accept({"a@there.example"});
  time_.run_for(15min);
  const auto before_second_retry = times_of("sender@here.example").size();
  time_.run_for(10h);

  EXPECT_EQ(before_second_retry, 0U);
  EXPECT_EQ(times_of("sender@here.example"), std::vector<Duration>{16min});
  EXPECT_GT(times_of("a@there.example").size(), 10U);
}

TEST_F(DispatcherTest, TwoDestinationsOfOneMessageStillShareOneDelayNotice) {
  std::string notice;
  answer_ = [&notice](const MadeAttempt& made) {
    const bool is_notice = made.recipients.front() == "sender@here.example";
    if (is_notice) notice = made.body;
    return all(made, is_notice ? delivered() : greylisted());
  };
  start();

  accept({"a@one.example", "b@two.example"});
  time_.run_for(5h);

  EXPECT_EQ(times_of("sender@here.example").size(), 1U);
  EXPECT_NE(notice.find("a@one.example"), std::string::npos);
  EXPECT_NE(notice.find("b@two.example"), std::string::npos);
}

TEST_F(DispatcherTest, AFailureNoticeGoesToTheSenderAndNoneAboutANotice) {
  answer_ = [](const MadeAttempt& made) { return all(made, no_such_user()); };
  start();

  accept({"a@there.example"});
  time_.run_for(1h);

  EXPECT_EQ(times_of("a@there.example").size(), 1U);
  EXPECT_EQ(times_of("sender@here.example").size(), 1U);  // refused too, and that is the end
  EXPECT_EQ(courier_.attempts.size(), 2U);
  ASSERT_EQ(store_.messages().size(), 1U);
  EXPECT_EQ(state_name(store_.messages()[0].deliveries[0]), "undeliverable");
}

TEST_F(DispatcherTest, NeverRunsMoreThanASiteOrAllTogetherMayTake_Line47) {
  auto settings = default_settings();
  settings.concurrency = {.per_site = 2, .total = 5};
  courier_.attempt_takes = 10s;
  courier_.site_of = {{"x.example", "shared"}, {"y.example", "shared"}};
  start(std::move(settings));

  for (int i = 0; i < 6; ++i) {
    for (const auto* domain : {"a.example", "b.example", "x.example", "y.example"}) {
      accept({"u" + std::to_string(i) + "@" + domain});
    }
  }
  time_.run_for(10min);

  EXPECT_EQ(courier_.attempts.size(), 24U);
  EXPECT_EQ(courier_.most_running, 5U);
  EXPECT_EQ(courier_.most_running_at["shared"], 2U);
  EXPECT_EQ(courier_.most_running_at["a.example"], 2U);
  EXPECT_EQ(store_.messages().size(), 0U);
}

TEST_F(DispatcherTest, HasLimitsOfItsOwnForSomeDomains) {
  auto settings = default_settings();
  settings.concurrency.sites = {{.domains = {"narrow.example"}, .limits = {.per_site = 1}},
                                {.domains = {"slow.*"}, .limits = {.per_minute = 6}},
                                {.domains = {"*"}, .limits = {.per_site = 3}}};
  courier_.attempt_takes = 5s;
  start(std::move(settings));

  for (int i = 0; i < 8; ++i) {
    for (const auto* domain : {"narrow.example", "slow.example", "other.example"})
      accept({"u" + std::to_string(i) + "@" + domain});
  }
  time_.run_for(10min);

  EXPECT_EQ(courier_.most_running_at["narrow.example"], 1U);
  EXPECT_EQ(courier_.most_running_at["other.example"], 3U);
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(begun(i * 10s, (i + 1) * 10s, "slow.example"), 1U) << i;
  EXPECT_EQ(store_.messages().size(), 0U);
}

// Waiting for its site is no attempt: neither its number nor its due changes.
TEST_F(DispatcherTest, ADeliveryThatWaitsForItsSitesRateCostsNoAttempt) {
  auto settings = default_settings();
  settings.concurrency.sites = {{.domains = {}, .limits = {.per_minute = 1}}};
  answer_ = [](const MadeAttempt& made) { return all(made, greylisted()); };
  start(std::move(settings));
  accept({"first@a.example"});
  const auto waiting = accept({"second@a.example"});
  time_.run_for(50s);

  const auto loaded = run(store_.load(waiting));

  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->delivery.attempts, 0U);
  EXPECT_EQ(loaded->delivery.due, noon);
  time_.run_for(11s);
  EXPECT_EQ(times_of("second@a.example").size(), 1U);
}

TEST_F(DispatcherTest, ASiteThatIsFullDoesNotDelayAnother) {
  auto settings = default_settings();
  settings.concurrency = {.per_site = 1, .total = 10};
  courier_.attempt_takes = 1h;
  start(std::move(settings));

  for (int i = 0; i < 50; ++i)
    accept({"u" + std::to_string(i) + "@slow.example"});
  accept({"a@quick.example"});
  time_.run_for(1min);

  EXPECT_EQ(times_of("a@quick.example").size(), 1U);
  EXPECT_EQ(courier_.most_running_at["slow.example"], 1U);
}

TEST_F(DispatcherTest, TakesADomainsMailInDueOrder) {
  auto settings = default_settings();
  settings.concurrency = {.per_site = 1, .total = 10};
  courier_.attempt_takes = 1s;
  for (int i = 0; i < 120; ++i) {
    accept({"u" + std::to_string(i) + "@a.example"});
    time_.run_for(10ms);
  }
  start(std::move(settings));

  time_.run_for(5min);

  ASSERT_EQ(courier_.attempts.size(), 120U);
  for (int i = 0; i < 120; ++i) {
    EXPECT_EQ(courier_.attempts[i].recipients[0], "u" + std::to_string(i) + "@a.example");
  }
}

TEST_F(DispatcherTest, DueTimesSurviveARestart) {
  answer_ = [](const MadeAttempt& made) { return all(made, greylisted()); };
  start();
  accept({"a@there.example"});
  time_.run_for(1min);

  stop_with_grace(1s);
  start();
  time_.run_for(6min);

  EXPECT_EQ(times_of("a@there.example"), (std::vector<Duration>{0s, 6min}));
}

TEST_F(DispatcherTest, AnAttemptThatIsCutBehindItsFinalDotWaitsAsInDoubt) {
  courier_.sends_the_dot = true;
  courier_.attempt_takes = 1h;
  start();
  accept({"a@there.example"});
  time_.run_for(1s);
  stop_with_grace(2s);
  courier_.attempt_takes = 0s;

  start();
  time_.run_for(29min);
  const auto before = courier_.attempts.size();
  time_.run_for(3min);

  EXPECT_EQ(before, 1U);
  EXPECT_EQ(courier_.attempts.size(), 2U);
  EXPECT_EQ(store_.messages().size(), 0U);
}

TEST_F(DispatcherTest, StopLetsARunningAttemptFinishWithinItsGrace) {
  courier_.attempt_takes = 10s;
  start();
  accept({"a@there.example"});
  time_.run_for(1s);

  stop_with_grace(20s);

  EXPECT_EQ(store_.messages().size(), 0U);
}

TEST_F(DispatcherTest, AnUnknownDomainFailsWithoutAConnection) {
  mail::NoSite gone{.outcome = {.verdict = mail::Verdict::refused,
                                .stage = mail::Stage::dns,
                                .status = {mail::EnhancedStatus::Class::permanent, 1, 2},
                                .reply = {},
                                .reason = "gone.example: no such domain"}};
  courier_.no_site.emplace("gone.example", gone);
  start();

  accept({"a@gone.example"});
  time_.run_for(1min);

  EXPECT_TRUE(times_of("a@gone.example").empty());
  EXPECT_EQ(times_of("sender@here.example").size(), 1U);
}

TEST_F(DispatcherTest, OurOwnDnsTroubleUsesUpNoAttempt) {
  mail::NoSite broken{.outcome = no_connection(), .is_ours = true};
  broken.outcome.stage = mail::Stage::dns;
  courier_.no_site.emplace("a.example", broken);
  start();

  accept({"a@a.example"});
  time_.run_for(62min);

  ASSERT_EQ(store_.messages().size(), 1U);
  const auto delivery = store_.messages().front().deliveries.front();
  EXPECT_EQ(delivery.attempts, 0U);
  EXPECT_EQ(delivery.uncounted, 13U);  // every 5 minutes
  courier_.no_site.clear();
  time_.run_for(5min);
  EXPECT_EQ(times_of("a@a.example").size(), 1U);
}

TEST_F(DispatcherTest, MailThatExpiredWhileWeWereAwayGetsOneMoreAttempt) {
  answer_ = [](const MadeAttempt& made) {
    const bool is_notice = made.recipients.front() == "sender@here.example";
    return all(made, is_notice ? delivered() : over_quota());
  };
  start();
  accept({"a@there.example"});
  time_.run_for(1min);
  stop_with_grace(1s);
  const auto tried_before = times_of("a@there.example").size();
  time_.run_for(24h * 7);

  start();
  time_.run_for(5min);

  EXPECT_EQ(times_of("a@there.example").size(), tried_before + 1);
  EXPECT_EQ(times_of("sender@here.example").size(), 1U);
  EXPECT_EQ(store_.messages().size(), 0U);
}

TEST_F(DispatcherTest, ARetryIsMadeWhenItIsDueAndNotASecondEarlier) {
  answer_ = [](const MadeAttempt& made) { return all(made, greylisted()); };
  start();
  accept({"a@there.example"});

  time_.run_for(6min - 1s);
  const auto a_second_before = courier_.attempts.size();
  time_.run_for(2s);

  EXPECT_EQ(a_second_before, 1U);
  EXPECT_EQ(times_of("a@there.example"), (std::vector<Duration>{0s, 6min}));
}

TEST_F(DispatcherTest, WhatWasDeliveredIsNotSentAgainForWantOfARecord) {
  start();
  store_.set_faults({.settle = Fault::disk_full});

  accept({"a@there.example"});
  time_.run_for(10min);
  const auto while_full = store_.messages().size();
  store_.set_faults({});
  time_.run_for(5s);

  EXPECT_EQ(courier_.attempts.size(), 1U);
  EXPECT_EQ(while_full, 1U);
  EXPECT_TRUE(store_.messages().empty());
}

TEST_F(DispatcherTest, ARetryThatIsDueBeforeItsAttemptHasEndedIsNotForgotten) {
  answer_ = [](const MadeAttempt& made) {
    return all(made, made.at < noon + 1min ? greylisted() : delivered());
  };
  store_.returns_late = 1s;
  start();
  store_.set_faults({.settle = Fault::disk});
  accept({"a@there.example"});
  time_.run_for(1h);
  accept({"b@there.example"});
  time_.run_for(1min);

  store_.set_faults({});
  time_.run_for(10s);

  EXPECT_EQ(times_of("a@there.example").size(), 2U);
  EXPECT_TRUE(store_.messages().empty());
}

TEST_F(DispatcherTest, AStoreThatCannotReadForAWhileLosesNothing) {
  start();
  time_.run_for(1s);
  store_.set_faults({.read = Fault::disk});
  accept({"a@one.example", "b@two.example"});
  time_.run_for(1min);
  const auto while_broken = courier_.attempts.size();

  store_.set_faults({});
  time_.run_for(2min);

  EXPECT_EQ(while_broken, 0U);
  EXPECT_EQ(courier_.attempts.size(), 2U);
}

TEST_F(DispatcherTest, NothingIsSentBehindADotThatCouldNotBeMarked) {
  courier_.sends_the_dot = true;
  store_.set_faults({.mark_dot_sent = Fault::disk});
  start();

  accept({"a@there.example"});
  time_.run_for(1min);

  EXPECT_TRUE(courier_.attempts.empty());
  EXPECT_EQ(store_.messages().front().deliveries.front().attempts, 0U);
}

TEST_F(DispatcherTest, NewMailDoesNotWaitForTheScan) {
  store_.scan_takes = 10min;
  start();
  time_.run_for(1s);

  accept({"a@there.example"});
  time_.run_for(1s);

  EXPECT_EQ(times_of("a@there.example"), std::vector<Duration>{1s});
}

TEST_F(DispatcherTest, WhatWasMovedWhileItWaitedForRoomIsNotTried) {
  auto settings = default_settings();
  settings.concurrency = {.per_site = 1, .total = 10};
  courier_.attempt_takes = 1min;
  accept({"runs@a.example"});
  const auto waits = accept({"waits@a.example"});
  start(std::move(settings));
  time_.run_for(1s);

  ASSERT_TRUE(run(store_.reschedule(waits, noon + 5h, queue::Mover::an_operator)));
  time_.run_for(6h);

  EXPECT_EQ(times_of("waits@a.example"), std::vector<Duration>{5h});
}

TEST_F(DispatcherTest, AClockSetBackDelaysNoNewMail) {
  start();
  accept({"a@there.example"});
  time_.run_for(1min);

  time_.step_wall(-30s);
  accept({"b@there.example"});
  time_.step_wall(-2h);
  accept({"c@there.example"});
  time_.run_for(2min);

  EXPECT_EQ(times_of("b@there.example").size(), 1U);
  EXPECT_EQ(times_of("c@there.example").size(), 1U);
}

}  // namespace
}  // namespace greyhound::scheduler
