#include "scheduler/rehearsal/replay.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "unit/scheduler/rehearsal/recorded_mail.hpp"

namespace greyhound::scheduler {
namespace {

RetrySettings with_series(std::vector<Duration> greylist, double jitter = 0.05) {
  auto rule = a_rule();
  rule.retry = {5min, 10min, 20min, 40min, 90min, 3h};
  rule.greylist = std::move(greylist);
  rule.jitter_fraction = jitter;
  return one_rule(rule);
}

RetrySettings usual() {
  return with_series({6min, 10min, 15min, 30min, 45min, 90min});
}

Greylister with_window(Duration window) {
  return {.id = "it", .name = "It", .window = window};
}

std::vector<RecordedSite> sites_of(const std::vector<queue::LedgerLine>& lines,
                                   const Greylisters& known = {}) {
  History history(config::shipped_reply_rules());
  for (const auto& one : lines)
    EXPECT_TRUE(history.add(one));
  return history.sites(known);
}

// Sixty mails to six sites, whose windows are between nothing and an hour; at times nobody answers.
std::vector<queue::LedgerLine> some_months(std::mt19937& chance) {
  const auto seconds = [&chance](int least, int most) {
    return std::chrono::seconds(std::uniform_int_distribution<int>(least, most)(chance));
  };
  RecordedMail record(usual());
  for (int site = 0; site < 6; ++site) {
    const auto greylister = with_window(seconds(0, 3600));
    const auto down_from = noon + seconds(0, 500'000);
    const auto down_until = down_from + seconds(0, 20'000);
    for (int mail = 0; mail < 10; ++mail) {
      const auto triplet = RecordedMail::a_new_triplet_at(greylister);
      record.send(
          "d" + std::to_string(site) + ".example", noon + seconds(0, 500'000), [&](Instant at) {
            const bool is_down = at >= down_from && at < down_until;
            return is_down ? no_connection() : triplet(at);
          });
    }
  }
  return record.lines;
}

TEST(Replay, BySettingsThatMadeTheRecordIsTheRecord) {
  constexpr std::uint32_t seed = 3;
  SCOPED_TRACE(seed);
  std::mt19937 chance(seed);
  const auto lines = some_months(chance);
  auto settings = usual();
  settings.learning.is_enabled = false;
  std::size_t replayed = 0;

  for (const auto& site : sites_of(lines)) {
    const auto before = as_recorded(site);
    const auto again = replay(settings, {}, site);
    ASSERT_EQ(again.size(), before.size());
    for (std::size_t i = 0; i < again.size(); ++i) {
      ASSERT_EQ(again[i].contacts, before[i].contacts) << again[i].id.to_string();
      EXPECT_EQ(again[i].recorded, again[i].contacts.size());
      EXPECT_TRUE(again[i].has_passed);
      EXPECT_EQ(again[i].accepted_after, before[i].accepted_after);
      ++replayed;
    }
  }

  EXPECT_GE(replayed, 50U);
}

TEST(Replay, LearnsFromMailToMailAsTheAgentDid) {
  RecordedMail record(usual());
  KnownSite known{queue::SiteFacts{.site = "mx.d.example"}};
  for (int mail = 0; mail < 12; ++mail) {
    record.send(
        "d.example", noon + mail * 3h, RecordedMail::a_new_triplet_at(with_window(23min)), &known);
  }
  const auto site = sites_of(record.lines).at(0);

  const auto again = replay(usual(), {}, site);

  const auto before = as_recorded(site);
  ASSERT_EQ(again.size(), 12U);
  for (std::size_t i = 0; i < again.size(); ++i)
    EXPECT_EQ(again[i].contacts, before[i].contacts) << i;
  EXPECT_EQ(again.back().attempts(), 2U);
}

TEST(Replay, AnotherScheduleIsAnsweredByTheRecordAndInBetweenByTheWindow) {
  RecordedMail record(with_series({30min, 60min}, 0));
  record.send("d.example", noon, RecordedMail::a_new_triplet_at(with_window(50min)));
  const Greylisters known{with_window(50min)};
  const auto site = sites_of(record.lines, known).at(0);

  const auto mail = replay(with_series({20min, 20min, 15min}, 0), {}, site).at(0);

  EXPECT_TRUE(mail.has_passed);
  EXPECT_EQ(mail.attempts(), 4U) << "at 0, 20, 40 and 55 minutes";
  EXPECT_EQ(mail.recorded, 1U) << "at 20 minutes: it was refused at 30";
  EXPECT_GE(mail.accepted_after, 55min);
  EXPECT_LE(mail.accepted_after, 56min);
}

TEST(Replay, OfAFixedScheduleStartsWithTheFirstContact) {
  RecordedMail record(with_series({30min, 60min}, 0));
  record.send("d.example", noon, RecordedMail::a_new_triplet_at(with_window(50min)));
  const auto site = sites_of(record.lines).at(0);
  const FixedSchedule hourly{
      .name = "hourly", .attempts = {0min, 60min}, .delay_notice_at = 1h, .expires = {}};

  const auto mail = replay(hourly, site).at(0);

  EXPECT_TRUE(mail.has_passed);
  EXPECT_EQ(mail.accepted_after, 120min) << "it passed after 90";
  EXPECT_EQ(mail.attempts(), 3U);
  EXPECT_EQ(mail.recorded, 1U);
  EXPECT_TRUE(mail.had_delay_notice);
}

TEST(Replay, AShorterLifetimeEndsMailThatOnceArrived) {
  RecordedMail record(usual());
  record.send("d.example", noon, RecordedMail::a_new_triplet_at(with_window(50min)));
  auto hasty = usual();
  hasty.rules.front().lifetime = 20min;

  const auto mail = replay(hasty, {}, sites_of(record.lines).at(0)).at(0);

  EXPECT_FALSE(mail.has_passed);
  EXPECT_LE(mail.contacts.back(), noon + 21min);
}

TEST(Replay, OfMailWhoseIdIsFromAClockThatWasYearsAheadEnds) {
  RecordedMail record(usual());
  record.send("d.example", noon, [](Instant) { return greylisted(); });
  auto lines = record.lines;
  for (auto& line : lines)
    line.position.delivery = {queue::MessageId::first_at(noon + 24h * 365 * 400), 1};
  lines.push_back(lines.back());
  lines.back().position.delivery = {queue::MessageId::first_at(noon), 1};
  lines.back().position.at = noon + 24h * 365 * 400;

  const auto mail = replay(usual(), {}, sites_of(lines).at(0)).at(0);

  EXPECT_LE(mail.contacts.back(), noon + 121h);
}

TEST(Replay, FollowsMailThatStillWaitsToTheEndOfTheRecord) {
  RecordedMail record(usual());
  record.send("d.example", noon, [](Instant) { return greylisted(); });
  auto& lines = record.lines;
  const auto is_later = [](const auto& line) { return line.started > noon + 3h; };
  std::erase_if(lines, is_later);
  const auto recorded = as_recorded(sites_of(lines).at(0)).at(0);
  const FixedSchedule often{.name = "often", .attempts = {0min, 10min}};

  const auto again = replay(usual(), {}, sites_of(lines).at(0)).at(0);
  const auto by_peer = replay(often, sites_of(lines).at(0)).at(0);

  EXPECT_GE(recorded.contacts.size(), 4U);
  EXPECT_EQ(again.contacts, recorded.contacts);
  EXPECT_FALSE(by_peer.has_passed);
  EXPECT_LE(by_peer.contacts.back(), recorded.contacts.back());
  EXPECT_GE(by_peer.contacts.size(), 8U);
}

// Whatever schedule is tried: no mail passes before an instant at which it is known to have been
// refused, and none later than one at which it is known to have passed, if it comes by.
TEST(Replay, NeverContradictsTheRecord) {
  constexpr std::uint32_t seed = 8;
  SCOPED_TRACE(seed);
  std::mt19937 chance(seed);
  const auto lines = some_months(chance);
  const auto minutes = [&chance] {
    return std::chrono::minutes(std::uniform_int_distribution<int>(1, 60)(chance));
  };

  for (int i = 0; i < 30; ++i) {
    const auto settings = with_series({minutes(), minutes(), minutes()});
    for (const auto& site : sites_of(lines)) {
      const auto mails = replay(settings, {}, site);
      for (std::size_t k = 0; k < mails.size(); ++k) {
        const auto& recorded = site.deliveries[k];
        ASSERT_TRUE(mails[k].has_passed) << i;
        const auto passed_at = mails[k].first_contact + mails[k].accepted_after;
        for (const auto& attempt : recorded.attempts) {
          const bool is_earlier = passed_at <= attempt.started;
          ASSERT_FALSE(is_earlier && attempt.answer == Answer::greylisted) << i;
        }
        for (const auto at : mails[k].contacts)
          ASSERT_TRUE(at >= passed_at || at < recorded.end()->started) << i;
      }
    }
  }
}

}  // namespace
}  // namespace greyhound::scheduler
