#include "scheduler/explanation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/greylist/wait_choice.hpp"
#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

using queue::WaitSource;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// A delivery and what becomes of it: attempts are made when they are due, and decided for good.
struct ExplanationTest : testing::Test {
  void fail(const mail::Outcome& outcome) {
    now = std::max(now, delivery.due);
    const auto open = open_recipients(delivery);
    const KnownSite known(site.value_or(queue::SiteFacts{}));
    const auto decision = decide({.message = message,
                                  .delivery = delivery,
                                  .retry = settings,
                                  .notification = notification,
                                  .now = now,
                                  .site = &known},
                                 open,
                                 report({open.size(), outcome}));
    delivery = decision.after;
    wants_notice = decision.wants_delay_notice;
  }

  Explanation explained() const {
    return explain({.message = message,
                    .delivery = delivery,
                    .retry = settings,
                    .notification = notification,
                    .now = now,
                    .site = site ? &*site : nullptr});
  }

  RetrySettings settings = one_rule();
  notify::NotificationSettings notification;
  queue::Message message = a_message();
  queue::Delivery delivery = a_delivery(message);
  std::optional<queue::SiteFacts> site;
  Instant now = noon;
  bool wants_notice = false;
};

// By hand, as somebody does who has only what is printed.
Instant added_up(const DueSum& sum) {
  auto wait = sum.wait + sum.terms.margin;
  if (sum.terms.least && wait < *sum.terms.least) wait = *sum.terms.least;
  if (sum.terms.most && wait > *sum.terms.most) wait = *sum.terms.most;
  wait += sum.jitter;
  if (sum.in_doubt_wait && wait < *sum.in_doubt_wait) wait = *sum.in_doubt_wait;
  return sum.ended + wait;
}

std::vector<Duration> times(const Explanation& made) {
  std::vector<Duration> since_noon;
  for (const auto& coming : made.coming)
    since_noon.push_back(coming.at - noon);
  return since_noon;
}

TEST_F(ExplanationTest, OfNewMailIsThatItIsNew) {
  const auto made = explained();

  EXPECT_EQ(made.reason, DueReason::first_attempt);
  EXPECT_FALSE(made.sum);
  EXPECT_THAT(times(made), ElementsAre(0s));
}

TEST_F(ExplanationTest, AddsUpToTheDueWhateverTheAttemptsCameTo) {
  settings.rules.front().jitter_fraction = 0.05;
  settings.rules.front().in_doubt_wait = 47min;
  for (const auto& outcome : {greylisted(),
                              greylisted(),
                              no_connection(),
                              over_quota(),
                              cut_after_the_dot(),
                              no_connection(),
                              greylisted()}) {
    fail(outcome);
    const auto made = explained();

    ASSERT_TRUE(made.sum);
    EXPECT_EQ(made.reason, DueReason::terms);
    EXPECT_EQ(added_up(*made.sum), delivery.due) << outcome.to_string();
    EXPECT_EQ(made.sum->due, delivery.due);
  }
}

TEST_F(ExplanationTest, AddsUpToTheDueThatALearnedWindowGave) {
  site = queue::SiteFacts{
      .site = "mx.there.example", .passes = 1, .earliest_pass = 3min, .changed = noon};
  fail(greylisted());

  const auto made = explained();

  ASSERT_TRUE(made.sum);
  EXPECT_EQ(made.sum->terms.source, WaitSource::learned);
  EXPECT_EQ(made.sum->terms.margin, 2s);
  EXPECT_LE(made.sum->jitter, made.sum->terms.jitter_most);
  EXPECT_EQ(added_up(*made.sum), delivery.due);
}

TEST_F(ExplanationTest, TellsTheJitterAsAShareOfTheMost) {
  settings.rules.front().jitter_fraction = 0.05;
  fail(no_connection());

  const auto sum = *explained().sum;

  EXPECT_EQ(sum.terms.jitter_most, 15s);
  EXPECT_NEAR(static_cast<double>(sum.jitter.count()), sum.dice * 15e6, 1);
  EXPECT_GT(sum.jitter, 0s);
}

TEST_F(ExplanationTest, HasTheLastAttemptAtTheEndOfTheLifetime) {
  settings.rules.front().lifetime = 7min;
  fail(no_connection());
  fail(no_connection());

  const auto made = explained();

  EXPECT_EQ(made.reason, DueReason::terms);
  EXPECT_EQ(delivery.due, noon + 7min);
  EXPECT_THAT(times(made), ElementsAre(7min));
  ASSERT_TRUE(made.end);
  EXPECT_EQ(made.end->ending, Ending::expired);
  EXPECT_EQ(made.end->at, noon + 7min);
}

TEST_F(ExplanationTest, SaysThatADueWasMovedWhichTheTermsDoNotGive) {
  fail(greylisted());
  delivery.due = now + 1s;

  const auto made = explained();

  EXPECT_EQ(made.reason, DueReason::moved);
  EXPECT_EQ(made.sum->due, noon + 6min);
  EXPECT_THAT(times(made), SizeIs(5));
  EXPECT_EQ(times(made).front(), 1s);
}

TEST_F(ExplanationTest, OfMailThatOnlyWeFailedToSendHasNoSum) {
  const auto open = open_recipients(delivery);
  auto spoilt = report({no_connection()});
  spoilt.our_fault = "the resolver does not answer";
  delivery = decide({.message = message,
                     .delivery = delivery,
                     .retry = settings,
                     .notification = notification,
                     .now = now},
                    open,
                    spoilt)
                 .after;

  const auto made = explained();

  EXPECT_EQ(made.reason, DueReason::moved);
  EXPECT_FALSE(made.sum);
  EXPECT_THAT(times(made), ElementsAre(5min));
}

// The forecast is what happens.
TEST_F(ExplanationTest, ForeseesTheAttemptsThatAreMadeIfEachFailsTheSameWay) {
  settings.rules.front().jitter_fraction = 0.05;
  for (const auto& outcome : {greylisted(), over_quota(), cut_after_the_dot()}) {
    delivery = a_delivery(message);
    now = noon;
    fail(outcome);
    const auto foreseen = explained().coming;
    ASSERT_THAT(foreseen, SizeIs(Explanation::most_shown));

    for (const auto& coming : foreseen) {
      EXPECT_EQ(coming.at, delivery.due) << outcome.to_string();
      EXPECT_EQ(coming.retry, delivery.attempts);
      EXPECT_EQ(coming.series, delivery.series);
      EXPECT_EQ(coming.position, delivery.position);
      fail(outcome);
    }
  }
}

TEST_F(ExplanationTest, ForeseesTheSeriesOfAStranger) {
  fail(greylisted());

  EXPECT_THAT(times(explained()), ElementsAre(6min, 16min, 31min, 61min, 91min));
}

TEST_F(ExplanationTest, OfOverdueMailBeginsWithNow) {
  fail(greylisted());
  now = noon + 1h;

  const auto made = explained();

  EXPECT_EQ(made.reason, DueReason::terms);
  EXPECT_EQ(times(made).front(), 1h);
}

TEST_F(ExplanationTest, StopsAtTheMostAttempts) {
  settings.rules.front().max_attempts = 3;
  fail(no_connection());

  const auto made = explained();

  EXPECT_THAT(times(made), ElementsAre(5min, 15min));
  ASSERT_TRUE(made.end);
  EXPECT_EQ(made.end->ending, Ending::too_many_attempts);
  EXPECT_EQ(made.end->at, noon + 15min);
}

TEST_F(ExplanationTest, OfHeldMailForeseesNothing) {
  fail(greylisted());
  delivery.is_held = true;

  const auto made = explained();

  EXPECT_THAT(made.coming, IsEmpty());
  EXPECT_FALSE(made.end);
  EXPECT_EQ(made.delay_notice.state, DelayNoticeState::will_be_sent);
  EXPECT_EQ(made.delay_notice.retry, 2U);
  EXPECT_FALSE(made.delay_notice.at);
}

TEST_F(ExplanationTest, EndsWhereTheRuleHoldsWhatIsInDoubt) {
  fail(cut_after_the_dot());
  settings.rules.front().in_doubt_then = InDoubtPolicy::hold;

  const auto made = explained();

  ASSERT_TRUE(made.end);
  EXPECT_EQ(made.end->ending, Ending::held);
  EXPECT_THAT(made.coming, SizeIs(1));
}

TEST_F(ExplanationTest, NamesTheRecipientThatDecided) {
  delivery = a_delivery(message, {"one@there.example", "two@there.example"});
  const auto open = open_recipients(delivery);
  delivery = decide({.message = message,
                     .delivery = delivery,
                     .retry = settings,
                     .notification = notification,
                     .now = now},
                    open,
                    report({over_quota(), greylisted()}))
                 .after;

  EXPECT_EQ(explained().steering, 1U);
}

TEST_F(ExplanationTest, TellsWhetherAStatedWaitIsObeyedAndWhyNot) {
  const auto stating = replied(mail::Stage::rcpt, 451, {"4.7.1 Greylisted for 300 seconds"});
  fail(stating);
  const auto obeyed = explained();
  fail(stating);
  const auto broken = explained();
  settings.hints.obey = false;
  const auto turned_off = explained();
  settings.hints.obey = true;
  site = queue::SiteFacts{.site = "mx.there.example", .stated_ignored = now + 1h};
  const auto disbelieved = explained();

  ASSERT_TRUE(obeyed.hint && broken.hint && turned_off.hint && disbelieved.hint);
  EXPECT_EQ(obeyed.hint->stated, 5min);
  EXPECT_EQ(obeyed.hint->use, HintUse::obeyed);
  EXPECT_EQ(obeyed.sum->terms.source, WaitSource::stated);
  EXPECT_EQ(broken.hint->use, HintUse::did_not_come_true);
  EXPECT_EQ(turned_off.hint->use, HintUse::turned_off);
  EXPECT_EQ(disbelieved.hint->use, HintUse::disbelieved);
}

TEST_F(ExplanationTest, NamesWhenStatedWaitsAreBelievedAgain) {
  site = queue::SiteFacts{.site = "mx.there.example", .stated_ignored = noon + 24h};
  fail(greylisted());

  EXPECT_EQ(explained().disbelieved_until, noon + 24h);
  now = noon + 25h;
  EXPECT_FALSE(explained().disbelieved_until);
}

TEST_F(ExplanationTest, ForeseesTheDelayNoticeThatIsSent) {
  fail(greylisted());
  const auto outlook = explained().delay_notice;

  EXPECT_EQ(outlook.state, DelayNoticeState::will_be_sent);
  EXPECT_EQ(outlook.retry, 2U);
  EXPECT_EQ(outlook.at, noon + 16min);
  fail(greylisted());
  EXPECT_FALSE(wants_notice);
  fail(greylisted());
  EXPECT_TRUE(wants_notice);
  EXPECT_EQ(now, noon + 16min);
}

TEST_F(ExplanationTest, ForeseesTheDelayNoticeBeyondTheAttemptsThatAreShown) {
  notification.delay.not_before = 10h;
  fail(greylisted());

  const auto outlook = explained().delay_notice;

  EXPECT_EQ(outlook.state, DelayNoticeState::will_be_sent);
  EXPECT_GE(*outlook.at, noon + 10h);
  EXPECT_GT(outlook.retry, Explanation::most_shown);
}

TEST_F(ExplanationTest, OfNewMailNamesTheRetryThatBringsTheDelayNotice) {
  EXPECT_EQ(explained().delay_notice.state, DelayNoticeState::will_be_sent);
  EXPECT_EQ(explained().delay_notice.retry, 2U);
}

TEST_F(ExplanationTest, TellsThatAndWhyNoDelayNoticeComes) {
  fail(greylisted());
  const auto state = [this] { return explained().delay_notice.state; };
  auto& recipient = delivery.recipients.front().recipient;

  message.delay_notice_at = noon;
  EXPECT_EQ(state(), DelayNoticeState::sent);
  EXPECT_EQ(explained().delay_notice.at, noon);
  message.delay_notice_at.reset();
  recipient.notify = {.is_given = true, .on_failure = true};
  EXPECT_EQ(state(), DelayNoticeState::unwanted);
  recipient.notify = {};
  message.is_bulk = true;
  EXPECT_EQ(state(), DelayNoticeState::bulk);
  recipient.notify = {.is_given = true, .on_delay = true};
  EXPECT_EQ(state(), DelayNoticeState::will_be_sent);
  message.reverse_path.reset();
  EXPECT_EQ(state(), DelayNoticeState::null_sender);
  message.kind = queue::MessageKind::failure_notice;
  EXPECT_EQ(state(), DelayNoticeState::of_a_notice);
  notification.delay.is_enabled = false;
  EXPECT_EQ(state(), DelayNoticeState::turned_off);
}

TEST_F(ExplanationTest, TellsThatTheLifeEndsBeforeADelayNoticeIsDue) {
  settings.rules.front().max_attempts = 2;
  fail(greylisted());

  EXPECT_EQ(explained().delay_notice.state, DelayNoticeState::ends_before);
}

TEST_F(ExplanationTest, StandsARuleThatIsNoLongerThere) {
  fail(greylisted());
  settings.rules.front().name = "renamed";

  const auto made = explained();

  EXPECT_EQ(made.reason, DueReason::terms);
  EXPECT_EQ(made.sum->due, delivery.due);
}

}  // namespace
}  // namespace greyhound::scheduler
