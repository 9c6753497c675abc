#include "scheduler/attempt_record.hpp"

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

struct Attempt {
  queue::Message message = a_message();
  queue::Delivery before = a_delivery(message);
  RetrySettings retry = one_rule();
  notify::NotificationSettings notification = {};
  Instant now = noon + 2s;

  AttemptMade made(std::vector<mail::Outcome> outcomes) const {
    AttemptMade attempt{.tried = open_recipients(before),
                        .report = report(std::move(outcomes)),
                        .started = now - 1s,
                        .site = "mx.there.example"};
    attempt.was_greylisted = was_greylisted(attempt.report, *retry.reply_rules);
    return attempt;
  }
  Decision decided(const AttemptMade& attempt) const {
    return decide({message, before, retry, notification, now}, attempt.tried, attempt.report);
  }
  queue::LedgerLine line_of(std::vector<mail::Outcome> outcomes) const {
    const auto attempt = made(std::move(outcomes));
    return ledger_line(attempt, decided(attempt), now);
  }
  // The first refusal, and an attempt `age` later.
  void greylist_before(Duration age) {
    before = decided(made({greylisted()})).after;
    now += age;
  }
  std::optional<queue::SiteLesson> lesson(std::vector<mail::Outcome> outcomes) const {
    return lesson_of(made(std::move(outcomes)), before, now);
  }
};

TEST(LedgerLine, TellsOfADeferralAndTheTermsOfItsNextDue) {
  const Attempt at;

  const auto line = at.line_of({greylisted()});

  EXPECT_EQ(line.position, (queue::LedgerPosition{at.now, at.before.id}));
  EXPECT_EQ(line.started, at.now - 1s);
  EXPECT_EQ(line.domain, "there.example");
  EXPECT_EQ(line.site, "mx.there.example");
  EXPECT_EQ(line.source, "192.0.2.7");
  EXPECT_EQ(line.stage, mail::Stage::rcpt);
  EXPECT_EQ(line.reply, "451 4.7.1 Greylisted, please try again later");
  EXPECT_EQ(line.reply_class, mail::ReplyClass::greylist);
  EXPECT_EQ(line.attempts, 1U);
  EXPECT_EQ(line.rule, "default");
  EXPECT_EQ(line.series, queue::Series::greylist);
  EXPECT_EQ(line.step, 1U);
  EXPECT_EQ(line.wait, 6min);
  EXPECT_EQ(line.due, at.now + 6min);
  EXPECT_EQ(line.counts, queue::LedgerCounts{.deferred = 1});
}

TEST(LedgerLine, OfALastAttemptHasNoDue) {
  const Attempt at;

  const auto line = at.line_of({delivered()});

  EXPECT_FALSE(line.due);
  EXPECT_EQ(line.counts, queue::LedgerCounts{.delivered = 1});
  EXPECT_EQ(line.reply, "250 2.0.0 queued");
}

TEST(LedgerLine, QuotesTheReplyThatSteeredTheNextDue) {
  Attempt at;
  at.before = a_delivery(at.message, {"a@there.example", "b@there.example", "c@there.example"});

  const auto line = at.line_of({no_such_user(), over_quota(), greylisted()});

  EXPECT_EQ(line.reply, "451 4.7.1 Greylisted, please try again later");
  EXPECT_EQ(line.counts, (queue::LedgerCounts{.deferred = 2, .refused = 1}));
}

TEST(LedgerLine, SaysWhatOfOursFailed) {
  const Attempt at;
  auto attempt = at.made({no_connection()});
  attempt.report.our_fault = "the resolver does not answer";

  const auto line = ledger_line(attempt, at.decided(attempt), at.now);

  EXPECT_FALSE(line.is_counted);
  EXPECT_EQ(line.reply, "the resolver does not answer");
  EXPECT_EQ(line.attempts, 0U);
}

TEST(SiteLesson, IsLearnedFromAPassAfterGreylisting) {
  Attempt at;
  at.greylist_before(6min);

  const auto lesson = at.lesson({delivered()});

  ASSERT_TRUE(lesson);
  EXPECT_TRUE(lesson->has_passed);
  EXPECT_EQ(lesson->site, "mx.there.example");
  EXPECT_EQ(lesson->age, 6min - 1s);
}

TEST(SiteLesson, IsLearnedFromAnotherRefusal) {
  Attempt at;
  at.greylist_before(6min);

  const auto lesson = at.lesson({greylisted()});

  ASSERT_TRUE(lesson);
  EXPECT_FALSE(lesson->has_passed);
}

TEST(SiteLesson, IsNoneAtFirstContactOrWhereNobodyAnswered) {
  Attempt at;
  EXPECT_FALSE(at.lesson({delivered()}));
  EXPECT_FALSE(at.lesson({greylisted()}));

  at.greylist_before(6min);
  EXPECT_FALSE(at.lesson({no_connection()}));
  EXPECT_FALSE(at.lesson({over_quota()}));
}

TEST(SiteLesson, IsNoneFromAnotherSourceAddress) {
  Attempt at;
  at.greylist_before(6min);
  at.before.affinity.source = IpAddress::parse("192.0.2.8");

  EXPECT_FALSE(at.lesson({delivered()}));
}

// It is a first contact again, which is always refused.
TEST(SiteLesson, IsNoneFromARefusalOfATripletThatMayHaveBeenForgotten) {
  Attempt at;
  at.greylist_before(2h);
  EXPECT_TRUE(at.lesson({greylisted()}));

  at.now += 2s;
  EXPECT_FALSE(at.lesson({greylisted()}));
  EXPECT_TRUE(at.lesson({delivered()}));
}

TEST(SiteLesson, TellsOfTheRefusalsOnTheWay) {
  Attempt at;
  for (const auto age : {0min, 6min, 16min, 31min}) {
    at.now = noon + 2s + age;
    at.before = at.decided(at.made({greylisted()})).after;
  }
  at.now = noon + 2s + 1h;

  const auto lesson = at.lesson({delivered()});

  ASSERT_TRUE(lesson);
  EXPECT_EQ(lesson->age, 1h - 1s);
  EXPECT_EQ(lesson->refused, 31min);
  EXPECT_EQ(lesson->refused_before, 16min);
}

TEST(SiteLesson, TellsWhetherAStatedWaitCameTrueOnceItWasOver) {
  using queue::StatedWaitFate;
  Attempt at;
  at.greylist_before(6min);
  EXPECT_EQ(at.lesson({delivered()})->stated, StatedWaitFate::none);

  at.before.terms.source = queue::WaitSource::stated;
  at.before.due = at.now - 1s;
  EXPECT_EQ(at.lesson({delivered()})->stated, StatedWaitFate::kept);
  EXPECT_EQ(at.lesson({greylisted()})->stated, StatedWaitFate::broken);
  at.before.due = at.now;  // an operator was impatient
  EXPECT_EQ(at.lesson({greylisted()})->stated, StatedWaitFate::none);
}

TEST(PendingTime, RunsFromTheLastGreylistReplyAndEndsWithTheSeries) {
  Attempt at;
  at.greylist_before(6min);
  EXPECT_EQ(at.before.pending_until, noon + 2s + 2h);

  EXPECT_EQ(at.decided(at.made({no_connection()})).after.pending_until, noon + 2s + 2h);
  EXPECT_EQ(at.decided(at.made({greylisted()})).after.pending_until, at.now + 2h);
  EXPECT_FALSE(at.decided(at.made({over_quota()})).after.pending_until);
}

}  // namespace
}  // namespace greyhound::scheduler
