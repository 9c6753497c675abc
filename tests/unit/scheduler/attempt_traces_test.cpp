// What attempts leave in the store beside their deliveries.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/scheduler/dispatcher_fixture.hpp"

namespace greyhound::scheduler {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class TracesTest : public DispatcherFixture {
 protected:
  std::vector<queue::LedgerLine> ledger() { return run(store_.ledger(std::nullopt, 100))->lines; }
  std::vector<queue::SiteFacts> sites() { return *run(store_.sites("", 100)); }
};

TEST_F(TracesTest, TheLedgerHasALineForEachAttempt) {
  answer_ = [](const MadeAttempt& made) {
    return all(made, made.at < noon + 10min ? greylisted() : delivered());
  };
  const auto id = accept({"rcpt@there.example"});

  start();
  time_.run_for(1h);

  const auto lines = ledger();
  ASSERT_THAT(lines, SizeIs(3));
  for (const auto& line : lines) {
    EXPECT_EQ(line.position.delivery, id);
    EXPECT_EQ(line.domain, "there.example");
    EXPECT_TRUE(line.is_counted);
  }
  EXPECT_EQ(lines[0].counts.deferred, 1U);
  EXPECT_EQ(lines[0].due, noon + 6min);
  EXPECT_EQ(lines[2].counts.delivered, 1U);
  EXPECT_FALSE(lines[2].due);
}

TEST_F(TracesTest, ADomainWithoutASiteIsAnAttemptToo) {
  courier_.no_site.emplace("there.example", mail::NoSite{.outcome = no_connection()});
  accept({"rcpt@there.example"});

  start();
  time_.run_for(1min);

  ASSERT_THAT(ledger(), SizeIs(1));
  EXPECT_EQ(ledger().front().site, "");
}

TEST_F(TracesTest, WhatAGreylisterTaughtIsKeptForItsSite) {
  answer_ = [](const MadeAttempt& made) {
    return all(made, made.at < noon + 10min ? greylisted() : delivered());
  };
  accept({"rcpt@there.example"});

  start();
  time_.run_for(1h);

  ASSERT_THAT(sites(), SizeIs(1));
  const auto facts = sites().front();
  EXPECT_EQ(facts.site, "there.example");
  EXPECT_EQ(facts.refusals, 1U);
  EXPECT_EQ(facts.latest_refusal, 6min);
  EXPECT_EQ(facts.passes, 1U);
  EXPECT_EQ(facts.earliest_pass, 16min);
}

TEST_F(TracesTest, AMessageWhoseContentIsLostIsPutAsideAndNeitherSentNorBounced) {
  const auto id = accept({"rcpt@there.example"});
  ASSERT_TRUE(run(store_.discard_chunks(id.message, 1)));

  start();
  time_.run_for(6 * 24h);

  EXPECT_THAT(courier_.attempts, IsEmpty());
  const auto aside = run(store_.quarantined(std::nullopt, 10));
  ASSERT_THAT(aside->deliveries, SizeIs(1));
  EXPECT_EQ(aside->deliveries.front().id, id);
  EXPECT_EQ(store_.messages().size(), 1U);  // and no notice
}

TEST_F(TracesTest, AttemptsThatEndInDoubtAreCounted) {
  answer_ = [](const MadeAttempt& made) { return all(made, cut_after_the_dot()); };
  accept({"cut@there.example"});
  auto crashed = message_to({"crashed@elsewhere.example"});
  crashed.deliveries.front().dot_sent = queue::DotSent{.at = noon, .recipients = {0}};
  accept(std::move(crashed));

  start();
  time_.run_for(1s);

  EXPECT_EQ(dispatcher_->in_doubt().after_cut, 1U);
  EXPECT_EQ(dispatcher_->in_doubt().after_crash, 1U);
}

}  // namespace
}  // namespace greyhound::scheduler
