#include "scheduler/rehearsal/receiver_model.hpp"

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

Greylister five_minutes() {
  return {.id = "five", .name = "Five", .window = 5min, .pending = 4h};
}

// Whether contacts at these ages get through, one letter each: r or p.
std::string met(const Greylister& greylister, const std::vector<Duration>& ages) {
  ReceiverModel model(greylister, Texts::withheld);
  std::string answers;
  for (const auto age : ages)
    answers += model.contact(noon + age).verdict == mail::Verdict::delivered ? 'p' : 'r';
  return answers;
}

TEST(ReceiverModel, RefusesUntilTheWindowIsOver) {
  EXPECT_EQ(met(five_minutes(), {0s, 299s, 300s}), "rrp");
}

TEST(ReceiverModel, ForgetsATripletThatDidNotComeBackInTime) {
  EXPECT_EQ(met(five_minutes(), {0s, 4h, 5h}), "rpp");
  EXPECT_EQ(met(five_minutes(), {0s, 4h + 1s, 4h + 300s, 4h + 301s}), "rrrp");
}

TEST(ReceiverModel, WithoutAKnownPendingTimeNeverForgets) {
  auto greylister = five_minutes();
  greylister.pending.reset();

  EXPECT_EQ(met(greylister, {0s, 1000h}), "rp");
}

TEST(ReceiverModel, MayRunThePendingTimeFromTheLatestRefusal) {
  auto greylister = five_minutes();
  greylister.window = 5h;
  EXPECT_EQ(met(greylister, {0s, 3h, 6h}), "rrr");
  greylister.is_pending_renewed = true;
  EXPECT_EQ(met(greylister, {0s, 3h, 6h}), "rrp");
}

TEST(ReceiverModel, PunishesEarlyTriesUpToACeiling) {
  auto greylister = five_minutes();
  greylister.pending.reset();
  greylister.penalty = EarlyPenalty{.each = 10min, .most = 20min};

  EXPECT_EQ(met(greylister, {0s, 4min, 14min, 19min, 20min}), "rrrrp");
}

TEST(ReceiverModel, MayWantAThirdContact) {
  auto greylister = five_minutes();
  greylister.third_contact = 60s;

  EXPECT_EQ(met(greylister, {0s, 5min, 5min + 59s, 6min}), "rrrp");
  EXPECT_EQ(ReceiverModel::earliest_pass(greylister), 6min);
}

TEST(ReceiverModel, AnswersAsCatalogued) {
  auto greylister = five_minutes();
  greylister.texts = {"450 4.7.1 come back in 00:04:59, please"};
  ReceiverModel model(greylister, Texts::as_catalogued);

  EXPECT_EQ(model.contact(noon).to_string(), "450 4.7.1 come back in 00:05:00, please");
  EXPECT_EQ(model.contact(noon + 100s).to_string(), "450 4.7.1 come back in 00:03:20, please");
}

TEST(ReceiverModel, TellsNothingWhereTextsAreWithheldOrNotKnown) {
  auto greylister = five_minutes();
  ReceiverModel unknown(greylister, Texts::as_catalogued);
  EXPECT_EQ(unknown.contact(noon).to_string(), "451 4.7.1 Try again later");

  greylister.texts = {"450 Greylisted for 300 seconds"};
  ReceiverModel withheld(greylister, Texts::withheld);
  EXPECT_EQ(withheld.contact(noon).to_string(), "451 4.7.1 Try again later");
}

}  // namespace
}  // namespace greyhound::scheduler
