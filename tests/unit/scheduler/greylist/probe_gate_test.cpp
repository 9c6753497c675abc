#include "scheduler/greylist/probe_gate.hpp"

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

const ProbeGate::Key key{.site = "mx.there.example", .hash = 7};

class ProbeGateTest : public testing::Test {
 protected:
  std::optional<Instant> ask(Duration at) { return gate_.stands_back(key, 6min, noon + at); }
  void refuse(Duration at) { gate_.note_end(key, true, noon + at); }

  ProbeGate gate_{10s};
};

TEST_F(ProbeGateTest, TheFirstOneGoes) {
  EXPECT_EQ(ask(0s), std::nullopt);
}

TEST_F(ProbeGateTest, WhileItRunsOneGetsTheNextTurnAndTheOthersWaitOnceMore) {
  ASSERT_EQ(ask(0s), std::nullopt);

  EXPECT_EQ(ask(1s), noon + 11s);
  EXPECT_EQ(ask(2s), noon + 2s + 6min);
  EXPECT_EQ(ask(10s), noon + 10s + 6min);
}

TEST_F(ProbeGateTest, AfterARefusalThereIsQuietForOneInterval) {
  ASSERT_EQ(ask(0s), std::nullopt);
  refuse(1s);

  EXPECT_EQ(ask(2s), noon + 11s);
  EXPECT_EQ(ask(3s), noon + 3s + 6min);
  EXPECT_EQ(ask(11s), std::nullopt);
  EXPECT_EQ(ask(12s), noon + 22s);
}

TEST_F(ProbeGateTest, OneThatPassedOrFailedForAnotherReasonHoldsNobodyBack) {
  ASSERT_EQ(ask(0s), std::nullopt);
  gate_.note_end(key, false, noon + 1s);

  EXPECT_EQ(ask(1s), std::nullopt);
}

TEST_F(ProbeGateTest, OtherKeysAndSitesHaveTheirOwn) {
  ASSERT_EQ(ask(0s), std::nullopt);

  EXPECT_EQ(gate_.stands_back({.site = key.site, .hash = 8}, 6min, noon), std::nullopt);
  EXPECT_EQ(gate_.stands_back({.site = "other", .hash = key.hash}, 6min, noon), std::nullopt);
}

TEST_F(ProbeGateTest, AnAttemptWhoseEndIsNeverToldHoldsBackForAnHour) {
  ASSERT_EQ(ask(0s), std::nullopt);

  EXPECT_NE(ask(1h - 1s), std::nullopt);
  EXPECT_EQ(ask(1h + 10s), std::nullopt);
}

TEST_F(ProbeGateTest, ForgetsKeysThatAreOfNoUseAnyMore) {
  for (std::uint64_t i = 0; i < ProbeGate::most_keys; ++i)
    ASSERT_EQ(gate_.stands_back({.site = "s", .hash = i}, 6min, noon), std::nullopt);
  EXPECT_EQ(gate_.stands_back(key, 6min, noon), std::nullopt);
  EXPECT_EQ(gate_.size(), ProbeGate::most_keys);

  EXPECT_EQ(gate_.stands_back(key, 6min, noon + 2h), std::nullopt);
  EXPECT_EQ(gate_.size(), 1U);
}

}  // namespace
}  // namespace greyhound::scheduler
