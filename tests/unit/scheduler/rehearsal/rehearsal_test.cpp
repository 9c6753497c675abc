#include "scheduler/rehearsal/rehearsal.hpp"

#include <random>

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

// A small catalogue.
Greylisters some_known() {
  Greylisters known;
  for (const Duration window : {0min, 1min, 5min, 5min, 5min, 10min, 15min, 30min, 60min})
    known.push_back({.id = "known", .name = "Known", .window = window});
  known.push_back({.id = "door", .name = "Door", .window = 25min, .third_contact = 60s});
  return known;
}

RetrySettings usual() {
  auto rule = a_rule();
  rule.retry = {5min, 10min, 20min, 40min, 90min, 3h};
  rule.greylist = {6min, 10min, 15min, 30min, 45min, 90min};
  rule.jitter_fraction = 0.05;
  auto settings = one_rule(rule);
  settings.catalogue = std::make_shared<const Catalogue>(some_known());
  return settings;
}

Greylister with_window(Duration window, std::optional<Duration> pending = std::nullopt) {
  return {.id = "it", .name = "It", .window = window, .pending = pending};
}

RehearsedMail last_of(const RetrySettings& retry,
                      const Greylister& greylister,
                      std::uint32_t mails) {
  return rehearse(retry, {}, greylister, {.mails = mails, .texts = Texts::withheld}).back();
}

TEST(Rehearsal, OfAStrangerRunsTheSeries) {
  const auto mail = last_of(usual(), with_window(15min), 1);

  EXPECT_TRUE(mail.has_passed);
  EXPECT_EQ(mail.attempts, 3U);
  EXPECT_GE(mail.accepted_after, 16min);
  EXPECT_LE(mail.accepted_after, 16min + 48s);
  EXPECT_EQ(mail.excess, mail.accepted_after - 15min);
}

TEST(Rehearsal, IsTheSameEveryTimeAndAnotherWithAnotherSeed) {
  const RehearsalTerms terms{.mails = 5};
  const auto once = rehearse(usual(), {}, with_window(23min), terms);
  const auto again = rehearse(usual(), {}, with_window(23min), terms);
  const auto other = rehearse(usual(), {}, with_window(23min), {.mails = 5, .seed = 2});

  for (std::size_t i = 0; i < once.size(); ++i)
    EXPECT_EQ(once[i].contacts, again[i].contacts);
  EXPECT_NE(once[0].contacts, other[0].contacts);
}

TEST(Rehearsal, LearnsTheWindowOfASite) {
  for (const Duration window : {0min, 1min, 5min, 23min, 47min}) {
    const auto mail = last_of(usual(), with_window(window), 12);
    EXPECT_LE(mail.attempts, 3U) << window;
    EXPECT_LE(mail.excess, 2min) << window;
  }
}

TEST(Rehearsal, LearnsThatAReceiverWantsAThirdContact) {
  auto greylister = with_window(25min, 4h);
  greylister.third_contact = 60s;

  const auto mail = last_of(usual(), greylister, 12);

  EXPECT_EQ(mail.attempts, 3U);
  EXPECT_LE(mail.excess, 1min);
}

TEST(Rehearsal, WithoutLearningEveryMailIsTheFirst) {
  auto retry = usual();
  retry.learning.is_enabled = false;

  EXPECT_GE(last_of(retry, with_window(20min), 12).excess, 11min);
}

// What a greylister's administrator changes costs the sender one attempt more than if it had never
// learned, and no more.
TEST(Rehearsal, AChangedWindowCostsOneAttemptMoreThanTheSeriesAtMost) {
  constexpr std::uint32_t seed = 11;
  SCOPED_TRACE(seed);
  std::mt19937 chance(seed);
  const auto minutes = [&chance] {
    return std::chrono::seconds(std::uniform_int_distribution<int>(0, 5400)(chance));
  };
  for (int i = 0; i < 300; ++i) {
    const auto before = with_window(minutes());
    const auto after = with_window(minutes());
    const auto mails = std::uniform_int_distribution<std::uint32_t>(1, 9)(chance);
    const std::vector<Greylister> changing = [&] {
      std::vector<Greylister> each(mails, before);
      each.push_back(after);
      return each;
    }();

    const auto learned = rehearse(usual(), {}, changing, {.texts = Texts::withheld}).back();
    const auto series = last_of(usual(), after, 1);

    ASSERT_TRUE(learned.has_passed) << i;
    ASSERT_LE(learned.attempts, series.attempts + 1)
        << i << ": " << *before.window << " to " << *after.window << " after " << mails;
  }
}

// Whatever an administrator of either side writes: it ends, it passes where the series would, and
// no wait leaves its bounds.
TEST(Rehearsal, OfAnySeriesAtAnyReceiverAtAnyAgeEndsAndKeepsItsBounds) {
  constexpr std::uint32_t seed = 23;
  SCOPED_TRACE(seed);
  std::mt19937 chance(seed);
  const auto seconds = [&chance](int least, int most) {
    return std::chrono::seconds(std::uniform_int_distribution<int>(least, most)(chance));
  };
  for (int i = 0; i < 300; ++i) {
    auto rule = a_rule();
    rule.greylist.clear();
    rule.retry.clear();
    for (int n = 0; n < 1 + i % 5; ++n) {
      rule.greylist.push_back(seconds(60, 6000));
      rule.retry.push_back(seconds(60, 6000));
    }
    const auto window = seconds(0, 3600);
    const auto receiver = with_window(window, window + 2h);

    const auto mails = rehearse(one_rule(rule),
                                {},
                                receiver,
                                {.mails = 4,
                                 .texts = Texts::withheld,
                                 .first_contact_age = seconds(0, 86'400),
                                 .seed = static_cast<std::uint64_t>(i)});

    for (const auto& mail : mails) {
      ASSERT_TRUE(mail.has_passed) << i;
      for (std::size_t k = 1; k < mail.contacts.size(); ++k) {
        const auto gap = mail.contacts[k] - mail.contacts[k - 1];
        ASSERT_GE(gap, 0s) << i;
        ASSERT_LE(gap, 2h) << i;
      }
    }
  }
}

TEST(Rehearsal, KeepsToTheHostThatGreylistedIt) {
  auto receiver = with_window(20min);
  receiver.is_shared_across_mx = false;
  const auto one_host = rehearse(usual(), {}, receiver, {}).front();

  const auto five_hosts = rehearse(usual(), {}, receiver, {.hosts = 5}).front();

  EXPECT_EQ(five_hosts.contacts, one_host.contacts);
  const FixedSchedule in_turn{.name = "in turn", .attempts = {0min, 10min}, .expires = 10h};
  EXPECT_EQ(rehearse(in_turn, receiver, {}).front().attempts, 3U);
  EXPECT_EQ(rehearse(in_turn, receiver, {.hosts = 5}).front().attempts, 6U)
      << "back at the first host after 50 minutes";
}

TEST(Rehearsal, OfOneSenderIsRememberedByReceiversThatGoByLessThanTheTriplet) {
  auto receiver = with_window(10min);
  receiver.key = {KeyPart::address};
  const RehearsalTerms new_triplets{.mails = 3};
  const RehearsalTerms one_sender{.mails = 3, .is_one_sender = true};
  const FixedSchedule peer{.name = "peer", .attempts = {0min, 15min}};

  for (const auto& mails :
       {rehearse(usual(), {}, receiver, one_sender), rehearse(peer, receiver, one_sender)}) {
    EXPECT_GE(mails[0].attempts, 2U);
    EXPECT_EQ(mails[1].attempts, 1U);
    EXPECT_EQ(mails[2].accepted_after, 0s);
    EXPECT_EQ(mails[2].excess, 0s);
  }
  EXPECT_GE(rehearse(usual(), {}, receiver, new_triplets)[2].attempts, 2U);
  EXPECT_EQ(rehearse(peer, receiver, new_triplets)[2].attempts, 2U);
  receiver.key = {KeyPart::address, KeyPart::sender, KeyPart::recipient};
  EXPECT_EQ(rehearse(peer, receiver, one_sender)[2].attempts, 2U) << "another recipient";
}

TEST(Rehearsal, OfAnotherSenderFollowsItsSchedule) {
  const FixedSchedule schedule{
      .name = "every ten", .attempts = {0s, 10min, 20min}, .delay_notice_at = 15min, .expires = 1h};
  const auto passes = rehearse(schedule, with_window(35min), {}).front();
  const auto expires = rehearse(schedule, with_window(2h), {}).front();

  EXPECT_TRUE(passes.has_passed);
  EXPECT_EQ(passes.accepted_after, 40min);
  EXPECT_EQ(passes.attempts, 5U);
  EXPECT_TRUE(passes.had_delay_notice);
  EXPECT_FALSE(expires.has_passed);
  EXPECT_EQ(expires.attempts, 7U);
}

}  // namespace
}  // namespace greyhound::scheduler
