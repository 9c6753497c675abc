#include "scheduler/rehearsal/history.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "unit/scheduler/rehearsal/recorded_mail.hpp"

namespace greyhound::scheduler {
namespace {

constexpr queue::DeliveryId some_delivery{some_id, 1};

queue::LedgerLine line(std::uint32_t number,
                       Duration age,
                       const mail::Outcome& outcome,
                       queue::DeliveryId id = some_delivery) {
  queue::LedgerLine made{.position = {noon + age, id}, .started = noon + age};
  made.domain = "there.example";
  made.site = made.host = "mx.there.example";
  made.stage = outcome.stage;
  made.reply = outcome.to_string();
  made.attempts = number;
  made.counts.delivered = outcome.verdict == mail::Verdict::delivered ? 1 : 0;
  made.counts.deferred = outcome.verdict == mail::Verdict::deferred ? 1 : 0;
  made.counts.refused = outcome.verdict == mail::Verdict::refused ? 1 : 0;
  if (made.counts.deferred > 0) made.due = noon + age + 5min;
  return made;
}

std::vector<RecordedSite> sites_of(const std::vector<queue::LedgerLine>& lines,
                                   const Greylisters& known = {}) {
  History history(config::shipped_reply_rules());
  for (const auto& one : lines)
    EXPECT_TRUE(history.add(one));
  return history.sites(known);
}

queue::DeliveryId delivery(std::uint64_t number) {
  return {queue::MessageId(some_id.value() + (number << 8U)), 1};
}

// Refused at once and at `refused`, passed at `passed`.
std::vector<queue::LedgerLine> greylisted_mail(std::uint64_t number,
                                               Duration refused,
                                               Duration passed) {
  return {line(1, 0min, greylisted(), delivery(number)),
          line(2, refused, greylisted(), delivery(number)),
          line(3, passed, delivered(), delivery(number))};
}

std::vector<queue::LedgerLine> together(const std::vector<std::vector<queue::LedgerLine>>& mails) {
  std::vector<queue::LedgerLine> all;
  for (const auto& one : mails)
    all.insert(all.end(), one.begin(), one.end());
  return all;
}

TEST(History, KeepsMailThatWasGreylistedAndNoOther) {
  const auto sites = sites_of({line(1, 0min, delivered(), delivery(1)),
                               line(1, 0min, no_connection(), delivery(2)),
                               line(2, 5min, delivered(), delivery(2)),
                               line(1, 0min, no_connection(), delivery(3)),
                               line(2, 5min, greylisted(), delivery(3)),
                               line(3, 11min, delivered(), delivery(3))});

  ASSERT_EQ(sites.size(), 1U);
  EXPECT_EQ(sites[0].name, "mx.there.example");
  ASSERT_EQ(sites[0].deliveries.size(), 1U);
  EXPECT_EQ(sites[0].deliveries[0].id, delivery(3));
  EXPECT_EQ(sites[0].deliveries[0].first_contact, 1U);
}

TEST(History, TheWindowLiesBetweenTheLatestRefusalAndTheEarliestPass) {
  const auto sites =
      sites_of(together({greylisted_mail(1, 3min, 9min), greylisted_mail(2, 4min, 7min)}));

  EXPECT_EQ(sites[0].window.above, 4min);
  EXPECT_EQ(sites[0].window.upto, 7min);
  EXPECT_EQ(sites[0].window.fitted, 7min);
  EXPECT_EQ(sites[0].window.contradictions, 0U);
}

TEST(History, AKnownWindowBetweenThemIsMoreLikelyThanTheirEnd) {
  const Greylisters known{{.id = "a", .name = "", .window = 5min},
                          {.id = "b", .name = "", .window = 5min},
                          {.id = "c", .name = "", .window = 6min},
                          {.id = "d", .name = "", .window = 10min}};

  const auto sites = sites_of(greylisted_mail(1, 4min, 7min), known);

  EXPECT_EQ(sites[0].window.fitted, 5min);
}

TEST(History, WhatOneMailOfManySaysOtherwiseIsCountedAndNotBelieved) {
  const auto sites = sites_of(together({greylisted_mail(1, 3min, 9min),
                                        greylisted_mail(2, 4min, 7min),
                                        greylisted_mail(3, 4min, 8min),
                                        greylisted_mail(4, 40min, 60min)}));

  EXPECT_EQ(sites[0].window.above, 4min);
  EXPECT_EQ(sites[0].window.upto, 7min);
  EXPECT_EQ(sites[0].window.contradictions, 1U);
}

TEST(History, MailThatNeverPassedSaysNothingOfTheWindowThatOthersMet) {
  auto lines = together({greylisted_mail(1, 3min, 9min), greylisted_mail(2, 4min, 7min)});
  lines.push_back(line(1, 0min, greylisted(), delivery(3)));
  for (std::uint32_t i = 2; i < 60; ++i)
    lines.push_back(line(i, i * 90min, greylisted(), delivery(3)));

  const auto sites = sites_of(lines);

  EXPECT_EQ(sites[0].window.above, 4min);
  EXPECT_EQ(sites[0].window.upto, 7min);
  EXPECT_EQ(sites[0].window.contradictions, 0U);
}

TEST(History, ASiteWhereNothingPassedRefusesForEver) {
  const auto sites = sites_of({line(1, 0min, greylisted()), line(2, 5min, greylisted())});

  EXPECT_EQ(sites[0].window.upto, std::nullopt);
  const auto answer = answer_at(sites[0].deliveries[0], sites[0].window, noon + 48h);
  EXPECT_EQ(answer.answer, Answer::greylisted);
  EXPECT_FALSE(answer.is_recorded);
}

TEST(History, AnswersWhatItHoldsAndLeavesTheRestToTheWindow) {
  auto sites = sites_of(greylisted_mail(1, 6min, 30min));
  const auto& mail = sites[0].deliveries[0];
  sites[0].window.fitted = 10min;
  const auto at = [&](Duration age) { return answer_at(mail, sites[0].window, noon + age); };

  EXPECT_EQ(at(1min).answer, Answer::greylisted);
  EXPECT_TRUE(at(1min).is_recorded);
  EXPECT_TRUE(at(6min).is_recorded);
  EXPECT_EQ(at(9min).answer, Answer::greylisted);
  EXPECT_FALSE(at(9min).is_recorded);
  EXPECT_EQ(at(10min).answer, Answer::passed);
  EXPECT_FALSE(at(10min).is_recorded);
  EXPECT_EQ(at(30min).answer, Answer::passed);
  EXPECT_TRUE(at(30min).is_recorded);
  EXPECT_TRUE(at(40min).is_recorded);
}

TEST(History, MailThatWasRefusedForLongerThanTheWindowWaitsForItsOwnPass) {
  const auto sites = sites_of(together(
      {greylisted_mail(1, 3min, 9min),
       greylisted_mail(2, 4min, 7min),
       greylisted_mail(3, 40min, 60min),
       {line(1, 0min, greylisted(), delivery(4)), line(2, 20min, greylisted(), delivery(4))}}));
  ASSERT_EQ(sites[0].window.fitted, 7min);
  const auto answer = [&](std::size_t mail, Duration age) {
    return answer_at(sites[0].deliveries[mail], sites[0].window, noon + age).answer;
  };

  EXPECT_EQ(answer(0, 8min), Answer::passed);
  EXPECT_EQ(answer(2, 50min), Answer::greylisted);
  EXPECT_EQ(answer(2, 60min), Answer::passed);
  EXPECT_EQ(answer(3, 50h), Answer::greylisted);
}

TEST(History, BetweenTwoAttemptsThatReachedNobodyNobodyAnswers) {
  const auto sites = sites_of({line(1, 0min, greylisted()),
                               line(2, 6min, no_connection()),
                               line(3, 20min, no_connection()),
                               line(4, 60min, delivered())});
  const auto at = [&](Duration age) {
    return answer_at(sites[0].deliveries[0], sites[0].window, noon + age);
  };

  EXPECT_EQ(at(6min).answer, Answer::put_off);
  EXPECT_EQ(at(13min).answer, Answer::put_off);
  EXPECT_TRUE(at(13min).is_recorded);
  EXPECT_EQ(at(20min).answer, Answer::put_off);
  EXPECT_FALSE(at(21min).is_recorded);
}

TEST(History, MailThatFailedForGoodFailsWhereTheWindowOpens) {
  auto sites = sites_of(together(
      {{line(1, 0min, greylisted(), delivery(1)), line(2, 30min, no_such_user(), delivery(1))},
       greylisted_mail(2, 4min, 7min)}));
  const auto at = [&](Duration age) {
    return answer_at(sites[0].deliveries[0], sites[0].window, noon + age);
  };

  EXPECT_EQ(at(5min).answer, Answer::greylisted);
  EXPECT_EQ(at(8min).answer, Answer::failed);
  EXPECT_FALSE(at(8min).is_recorded);
  EXPECT_EQ(at(31min).answer, Answer::failed);
  EXPECT_TRUE(at(31min).is_recorded);
}

TEST(History, MailThatBeganBeforeTheRecordIsCountedAndLeftOut) {
  History history(config::shipped_reply_rules());
  EXPECT_TRUE(history.add(line(3, 9min, greylisted())));
  EXPECT_TRUE(history.add(line(4, 20min, delivered())));

  EXPECT_TRUE(history.sites({}).empty());
  EXPECT_EQ(history.headless(), 1U);
}

TEST(History, TakesNoMoreAttemptsThanItsLimit) {
  History history(config::shipped_reply_rules(), 2);

  EXPECT_TRUE(history.add(line(1, 0min, greylisted())));
  EXPECT_TRUE(history.add(line(1, 0min, delivered(), delivery(2)))) << "is not kept";
  EXPECT_TRUE(history.add(line(2, 3min, greylisted())));
  EXPECT_FALSE(history.add(line(3, 6min, delivered())));
}

TEST(History, AttemptsThatWeSpoiltAreNone) {
  auto ours = line(1, 3min, no_connection());
  ours.is_counted = false;

  const auto sites = sites_of({line(1, 0min, greylisted()), ours, line(2, 6min, delivered())});

  EXPECT_EQ(sites[0].deliveries[0].attempts.size(), 2U);
}

TEST(History, NoAttemptEndsBeforeItsStartWhateverTheClockDid) {
  auto first = line(1, 0min, greylisted());
  first.position.at = Instant();

  const auto sites = sites_of({first, line(2, 6min, delivered())});

  EXPECT_EQ(sites[0].deliveries[0].first().ended, noon);
}

// Lines may come in any order, and more than once.
TEST(History, IsTheSameFromLinesInAnyOrder) {
  constexpr std::uint32_t seed = 5;
  SCOPED_TRACE(seed);
  std::mt19937 chance(seed);
  std::vector<queue::LedgerLine> lines;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const auto refused = std::chrono::seconds(std::uniform_int_distribution<int>(1, 900)(chance));
    const auto mail = greylisted_mail(i, refused, refused + 7min);
    lines.insert(lines.end(), mail.begin(), mail.end());
  }
  const auto told = [](const std::vector<RecordedSite>& sites) {
    std::string text;
    for (const auto& mail : sites.at(0).deliveries) {
      text += mail.id.to_string();
      for (const auto& attempt : mail.attempts)
        text += " " + std::to_string((attempt.started - noon).count());
    }
    const auto& window = sites.at(0).window;
    return text + " " + std::to_string(window.above.count()) + " " +
           std::to_string(window.upto->count()) + " " + std::to_string(window.contradictions);
  };
  const auto in_order = told(sites_of(lines));

  for (int i = 0; i < 20; ++i) {
    auto mixed = lines;
    mixed.insert(mixed.end(), lines.begin(), lines.begin() + i);
    std::shuffle(mixed.begin(), mixed.end(), chance);
    ASSERT_EQ(told(sites_of(mixed)), in_order) << i;
  }
}

}  // namespace
}  // namespace greyhound::scheduler
