#include "scheduler/decision.hpp"

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

using mail::Verdict;
using queue::Disposition;

struct Situation {
  queue::Message message = a_message();
  queue::Delivery delivery = a_delivery(message);
  RetrySettings retry = one_rule();
  notify::NotificationSettings notification = {};
  Instant now = noon + 2s;

  Decision decide_on(std::vector<mail::Outcome> outcomes) const {
    return decide({message, delivery, retry, notification, now},
                  open_recipients(delivery),
                  report(std::move(outcomes)));
  }
};

TEST(Decision, ClosesADeliveryThatWasTaken) {
  const Situation at;

  const auto decision = at.decide_on({delivered()});

  EXPECT_FALSE(decision.after.has_open_recipients());
  EXPECT_EQ(decision.delivered, std::vector<std::size_t>{0});
  EXPECT_FALSE(decision.wants_delay_notice);
}

TEST(Decision, GoesOnWithTheGreylistSeriesFromANeighbourOfThePinnedAddressOnly) {
  Situation at;
  at.delivery = at.decide_on({greylisted()}).after;
  at.delivery.affinity.source = IpAddress::parse("192.0.2.200");
  const auto neighbour = at.decide_on({greylisted()});
  at.delivery.affinity.source = IpAddress::parse("198.51.100.7");
  const auto stranger = at.decide_on({greylisted()});

  EXPECT_FALSE(neighbour.lost_source);
  EXPECT_EQ(neighbour.after.wait, Duration(10min));
  EXPECT_EQ(neighbour.after.greylist_anchor, at.delivery.greylist_anchor);
  EXPECT_TRUE(stranger.lost_source);
  EXPECT_EQ(stranger.after.wait, Duration(6min));
}

TEST(Decision, WaitsAfterGreylistingAndKeepsSourceHostAndAnchor) {
  const Situation at;

  const auto after = at.decide_on({greylisted()}).after;

  EXPECT_EQ(after.attempts, 1U);
  EXPECT_EQ(after.due, at.now + 6min);
  EXPECT_EQ(after.series, queue::Series::greylist);
  EXPECT_EQ(after.greylist_anchor, at.now);
  EXPECT_EQ(after.reply_class, mail::ReplyClass::greylist);
  EXPECT_EQ(after.affinity.source, IpAddress::parse("192.0.2.7"));
  EXPECT_EQ(after.affinity.host, "mx.there.example");
  EXPECT_EQ(after.rule, "default");
  EXPECT_EQ(after.recipients[0].last->outcome.reply->code, 451);
}

TEST(Decision, TheAnchorStaysWhileTheGreylistSeriesRuns) {
  Situation at;
  at.delivery = at.decide_on({greylisted()}).after;
  at.now = at.delivery.due;

  const auto after = at.decide_on({greylisted()}).after;

  EXPECT_EQ(after.greylist_anchor, noon + 2s);
  EXPECT_EQ(after.position, 2U);
  EXPECT_EQ(after.due, at.now + 10min);
}

TEST(Decision, LeavesNoGreylisterAloneUntilItForgetsUnlessTheAdminInsists) {
  Situation at;
  at.retry.rules.front().greylist = {24h};
  const auto adapted = at.decide_on({greylisted()});
  at.retry.rules.front().adapt = false;
  const auto to_the_letter = at.decide_on({greylisted()});

  EXPECT_EQ(adapted.after.due, at.now + 108min);
  EXPECT_EQ(to_the_letter.after.due, at.now + 24h);
}

TEST(Decision, WaitsAfterEveryKindOfFailure_Line41) {
  using mail::Stage;
  const Situation at;
  for (const auto stage : {Stage::dns, Stage::connect, Stage::tls, Stage::auth, Stage::local}) {
    auto outcome = no_connection();
    outcome.stage = stage;
    EXPECT_GE(at.decide_on({outcome}).after.due, at.now + 1min) << to_string(stage);
  }
  for (const auto stage : {Stage::greeting, Stage::ehlo, Stage::mail, Stage::rcpt, Stage::eom}) {
    for (const auto* text : {"busy", "4.7.1 greylisted", "mailbox full", "too many connections"}) {
      const auto after = at.decide_on({replied(stage, 451, {text})}).after;
      EXPECT_GE(after.due, at.now + 1min) << to_string(stage) << " " << text;
    }
  }
}

TEST(Decision, RetriesOnlyTheRecipientThatWasDeferred) {
  Situation at;
  at.delivery = a_delivery(at.message, {"a@there.example", "b@there.example", "c@there.example"});

  const auto decision = at.decide_on({delivered(), greylisted(), delivered()});

  EXPECT_EQ(decision.delivered, (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(open_recipients(decision.after), std::vector<std::size_t>{1});
  EXPECT_EQ(decision.after.series, queue::Series::greylist);
}

TEST(Decision, FailsOnlyTheRecipientThatWasRefused) {
  Situation at;
  at.delivery = a_delivery(at.message, {"a@there.example", "b@there.example"});

  const auto decision = at.decide_on({no_such_user(), over_quota()});

  EXPECT_EQ(decision.failed, std::vector<std::size_t>{0});
  EXPECT_EQ(decision.after.recipients[0].disposition, Disposition::failed);
  EXPECT_EQ(decision.after.due, at.now + 5min);
}

TEST(Decision, AnAttemptThatWeSpoiltCountsForNothing) {
  Situation at;
  at.delivery = at.decide_on({greylisted()}).after;
  at.now = at.delivery.due;
  auto spoilt = report({});
  spoilt.our_fault = "store: cannot read";

  const auto decision = decide({at.message, at.delivery, at.retry, at.notification, at.now},
                               open_recipients(at.delivery),
                               spoilt);

  EXPECT_EQ(decision.after.attempts, 1U);
  EXPECT_EQ(decision.after.uncounted, 1U);
  EXPECT_EQ(decision.after.position, 1U);
  EXPECT_EQ(decision.after.due, at.now + 6min);
  EXPECT_FALSE(decision.wants_delay_notice);
}

TEST(Decision, AnAttemptThatWeSpoiltIsNotMadeUpForAfterTheLifeOfTheMail) {
  Situation at;
  at.delivery = at.decide_on({greylisted()}).after;
  at.delivery.wait = 3h;
  at.delivery.terms = {};
  at.now = at.delivery.expires - 2h;
  auto spoilt = report({});
  spoilt.our_fault = "dns: our own resolver fails";

  const auto decision = decide({at.message, at.delivery, at.retry, at.notification, at.now},
                               open_recipients(at.delivery),
                               spoilt);

  EXPECT_EQ(decision.after.due, at.delivery.expires);
}

TEST(Decision, AnAttemptThatWeSpoiltWaitsTheWholeWaitOnceMore) {
  Situation at;
  at.delivery = at.decide_on({greylisted()}).after;
  at.delivery.wait = 1s;
  at.delivery.terms = {.margin = 5s, .least = 30s};
  at.now += 30s;
  auto spoilt = report({});
  spoilt.our_fault = "dns: our own resolver fails";

  const auto decision = decide({at.message, at.delivery, at.retry, at.notification, at.now},
                               open_recipients(at.delivery),
                               spoilt);

  EXPECT_EQ(decision.after.due, at.now + 30s);
}

TEST(Decision, KeepsOfEachRecipientWhoDecidedAndPinsTheHostThatPutOneOff) {
  Situation at;
  at.delivery = a_delivery(at.message, {"a@there.example", "b@there.example"});
  for (auto& one : at.delivery.recipients)
    one.recipient.notify = {.is_given = true, .on_success = true};
  auto two_hosts = report({delivered(), greylisted()});
  two_hosts.reports_on = true;
  two_hosts.elsewhere[0] = {.host = "mx2.there.example", .reports_on = false};

  const auto decision = decide({at.message, at.delivery, at.retry, at.notification, at.now},
                               open_recipients(at.delivery),
                               two_hosts);

  EXPECT_EQ(decision.after.recipients[0].last->host, "mx2.there.example");
  EXPECT_EQ(decision.after.recipients[1].last->host, "mx.there.example");
  EXPECT_EQ(decision.relayed, std::vector<std::size_t>{0});
  EXPECT_EQ(decision.after.affinity.host, "mx.there.example");
}

TEST(Decision, AdmitsOfAFailureThatTheMessageMayHaveArrived) {
  Situation at;
  at.delivery = at.decide_on({cut_after_the_dot()}).after;
  at.now = at.delivery.expires;

  const auto expired = expire({at.message, at.delivery, at.retry, at.notification, at.now});
  const auto tried = at.decide_on({cut_after_the_dot()});

  for (const auto& decision : {expired, tried}) {
    ASSERT_EQ(decision.failed, std::vector<std::size_t>{0});
    EXPECT_EQ(decision.after.recipients[0].last->outcome.verdict, Verdict::unknown);
  }
}

// The recipients went in two transactions, and our store failed between them.
TEST(Decision, WhatAServerTookBeforeWeSpoiltTheAttemptIsDelivered) {
  Situation at;
  at.delivery = a_delivery(at.message, {"a@there.example", "b@there.example"});
  at.retry.rules.back().max_attempts = 1;
  auto spoilt = report({delivered(), over_quota()});
  spoilt.our_fault = "store: cannot read";

  const auto decision = decide({at.message, at.delivery, at.retry, at.notification, at.now},
                               open_recipients(at.delivery),
                               spoilt);

  EXPECT_EQ(decision.delivered, std::vector<std::size_t>{0});
  EXPECT_EQ(decision.after.recipients[0].disposition, Disposition::delivered);
  EXPECT_EQ(decision.after.recipients[1].disposition, Disposition::open);
  EXPECT_TRUE(decision.failed.empty());
  EXPECT_GT(decision.after.due, at.now);
}

TEST(Decision, AsksForTheDelayNoticeWhenTheSecondRetryHasFailedAndNotBefore_Line93) {
  Situation at;
  std::vector<bool> asked;

  for (int attempt = 1; attempt <= 4; ++attempt) {
    const auto decision = at.decide_on({greylisted()});
    asked.push_back(decision.wants_delay_notice);
    at.delivery = decision.after;
    at.now = at.delivery.due;
  }

  EXPECT_EQ(asked, (std::vector<bool>{false, false, true, true}));  // the mark is the store's
}

TEST(Decision, AsksForNoDelayNoticeOnceTheMarkIsSet) {
  Situation at;
  at.delivery.attempts = 2;
  at.message.delay_notice_at = noon;

  EXPECT_FALSE(at.decide_on({greylisted()}).wants_delay_notice);
}

TEST(Decision, TellsNoOneOfADelayWhereNobodyMayBeTold) {
  Situation null_sender;
  null_sender.message = a_message(mail::ReversePath{});
  null_sender.delivery.attempts = 2;
  Situation never;
  never.delivery.attempts = 2;
  never.delivery.recipients[0].recipient.notify = {.is_given = true};
  Situation bulk;
  bulk.delivery.attempts = 2;
  bulk.message.is_bulk = true;
  Situation done;
  done.delivery.attempts = 2;

  EXPECT_FALSE(null_sender.decide_on({greylisted()}).wants_delay_notice);
  EXPECT_FALSE(never.decide_on({greylisted()}).wants_delay_notice);
  EXPECT_FALSE(bulk.decide_on({greylisted()}).wants_delay_notice);
  EXPECT_FALSE(done.decide_on({no_such_user()}).wants_delay_notice);
}

TEST(Decision, TheLastAttemptIsAtTheEndOfTheLifetimeAndThenItFails) {
  Situation at;
  at.retry.rules[0].lifetime = 8min;
  at.now = noon + 5min;
  const auto waiting = at.decide_on({over_quota()}).after;
  at.delivery = waiting;
  at.now = waiting.due;

  const auto last = at.decide_on({over_quota()});

  EXPECT_EQ(waiting.due, noon + 8min);
  EXPECT_EQ(last.failed, std::vector<std::size_t>{0});
  const auto& outcome = last.after.recipients[0].last->outcome;
  EXPECT_EQ(outcome.status.to_string(), "5.4.7");
  EXPECT_EQ(outcome.reply->code, 452);
  EXPECT_EQ(outcome.reason, "not delivered within 8m");
}

TEST(Decision, MaxAttemptsFailsWhatIsStillOpen) {
  Situation at;
  at.retry.rules[0].max_attempts = 3;
  at.delivery.attempts = 2;

  const auto decision = at.decide_on({no_connection()});

  EXPECT_EQ(decision.failed, std::vector<std::size_t>{0});
  EXPECT_EQ(decision.after.recipients[0].last->outcome.reason,
            "not delivered in 3 attempts; last: mx.there.example: connection refused");
}

TEST(Decision, InDoubtWaitsLongerAndIsMarked) {
  const Situation at;

  const auto after = at.decide_on({cut_after_the_dot()}).after;

  EXPECT_TRUE(after.is_in_doubt);
  EXPECT_EQ(after.attempts, 1U);
  EXPECT_EQ(after.due, at.now + 30min);
}

TEST(Decision, InDoubtMayBeHeldOrTakenForDelivered) {
  Situation hold;
  hold.retry.rules[0].in_doubt_then = InDoubtPolicy::hold;
  Situation assume;
  assume.retry.rules[0].in_doubt_then = InDoubtPolicy::assume_delivered;

  EXPECT_TRUE(hold.decide_on({cut_after_the_dot()}).after.is_held);
  EXPECT_FALSE(assume.decide_on({cut_after_the_dot()}).after.has_open_recipients());
}

TEST(Decision, AMarkFoundAfterACrashPutsItsRecipientsInDoubt) {
  Situation at;
  at.delivery = a_delivery(at.message, {"a@there.example", "b@there.example"});
  at.delivery.dot_sent = queue::DotSent{.at = noon, .recipients = {1}};
  const auto tried = open_recipients(at.delivery);

  const auto after = decide({at.message, at.delivery, at.retry, at.notification, at.now},
                            tried,
                            report_of_lost_attempt(at.delivery, tried))
                         .after;

  EXPECT_TRUE(after.is_in_doubt);
  EXPECT_FALSE(after.dot_sent);
  EXPECT_EQ(after.recipients[0].last->outcome.verdict, Verdict::deferred);
  EXPECT_EQ(after.recipients[1].last->outcome.verdict, Verdict::unknown);
  EXPECT_EQ(after.due, at.now + 30min);
}

TEST(Decision, ExpiryFailsEveryOpenRecipientWithItsLastReply_Line99) {
  Situation at;
  at.delivery = at.decide_on({over_quota()}).after;
  at.now = at.delivery.expires + 2min;

  const auto decision = expire({at.message, at.delivery, at.retry, at.notification, at.now});

  EXPECT_EQ(decision.failed, std::vector<std::size_t>{0});
  EXPECT_EQ(decision.after.recipients[0].last->outcome.to_string(), "452 4.2.2 mailbox full");
  EXPECT_EQ(decision.after.recipients[0].last->outcome.status.to_string(), "5.4.7");
}

TEST(DeliveryPlan, SplitsByDomainAndByTheHundred_Line15) {
  std::vector<std::string> addresses;
  for (int i = 0; i < 150; ++i)
    addresses.push_back("u" + std::to_string(i) + "@big.example");
  addresses.insert(addresses.begin() + 3, "one@Small.example");

  const auto deliveries = plan_deliveries(one_rule(), a_message(), to(addresses));

  ASSERT_EQ(deliveries.size(), 3U);
  EXPECT_EQ(deliveries[0].domain, "big.example");
  EXPECT_EQ(deliveries[0].recipients.size(), 100U);
  EXPECT_EQ(deliveries[1].domain, "small.example");
  EXPECT_EQ(deliveries[2].recipients.size(), 50U);
  EXPECT_EQ(deliveries[2].id.number, 3);
  EXPECT_EQ(deliveries[0].due, noon);
  EXPECT_EQ(deliveries[0].expires, noon + 120h);
}

TEST(DeliveryPlan, GivesNoticesTheShorterLifetime) {
  const auto deliveries =
      plan_deliveries(one_rule(), a_message(mail::ReversePath{}), to({"a@b.example"}));

  EXPECT_EQ(deliveries[0].expires, noon + 24h);
}

}  // namespace
}  // namespace greyhound::scheduler
