// How attempts end in the store.
#include <algorithm>

#include <gmock/gmock.h>

#include "unit/queue/queue_fixture.hpp"

namespace greyhound::queue {
namespace {

class SettleTest : public QueueTest {
 protected:
  NewMessage delay_notice_for(MessageId id, Instant arrived) {
    auto notice = a_message(id.delay_notice(), {"origin.example"}, arrived);
    notice.message.kind = MessageKind::delay_notice;
    notice.message.about = id;
    notice.message.reverse_path = std::nullopt;
    return notice;
  }

  Delivery deferred(DeliveryId id, Instant due) {
    auto after = loaded(id);
    ++after.attempts;
    after.due = due;
    return after;
  }
};

TEST_F(SettleTest, ReplacesTheDueOfADeliveryThatWaitsOn) {
  const auto id = accept({"a.example"});

  Settlement settlement{.after = deferred({id, 1}, noon + 10min)};
  const auto settled = run(store_->settle(settlement));

  ASSERT_TRUE(settled);
  EXPECT_FALSE(settled->closed_message);
  EXPECT_FALSE(settled->wrote_delay_notice);
  const auto entries = due();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].position.due, noon + 10min);
  EXPECT_EQ(loaded({id, 1}).attempts, 1U);
}

TEST_F(SettleTest, LeavesNothingOnDiskOnceTheLastDeliveryCloses) {
  const auto id = accept({"a.example", "b.example"});

  Settlement first{.after = closed(loaded({id, 1}))};
  const auto first_settled = run(store_->settle(first));
  const auto open_deliveries = run(store_->load_message(id))->message.open_deliveries;
  Settlement second{.after = closed(loaded({id, 2}))};
  const auto second_settled = run(store_->settle(second));

  EXPECT_FALSE(first_settled->closed_message);
  EXPECT_EQ(open_deliveries, 1);
  EXPECT_TRUE(second_settled->closed_message);
  EXPECT_EQ(count_entries(), 0U);
}

TEST_F(SettleTest, ForgetsADueThatWasMovedDuringTheAttempt) {
  const auto id = accept({"a.example"});
  const auto at_start = loaded({id, 1});

  ASSERT_TRUE(run(store_->reschedule({id, 1}, noon + 3min, Mover::an_operator)));
  Settlement settlement{.after = closed(at_start)};
  ASSERT_TRUE(run(store_->settle(settlement)));

  EXPECT_EQ(count_entries(), 0U);
}

TEST_F(SettleTest, ClearsTheMarkOfTheFinalDotAsTheNewStateSays) {
  const auto id = accept({"a.example"});
  const auto at_start = loaded({id, 1});
  ASSERT_TRUE(run(store_->mark_dot_sent({.id = {id, 1}, .sent = DotSent{noon, {0}}})));

  Settlement settlement{.after = at_start};
  ASSERT_TRUE(run(store_->settle(settlement)));

  EXPECT_FALSE(loaded({id, 1}).dot_sent);
}

TEST_F(SettleTest, QueuesAFailureNoticeInTheSameBatch) {
  const auto id = accept({"a.example"});
  auto notice = a_message(store_->new_id(), {"origin.example"}, noon + 1s);

  Settlement settlement{.after = closed(loaded({id, 1}))};
  settlement.notices.push_back(notice);
  const auto settled = run(store_->settle(settlement));

  ASSERT_TRUE(settled);
  EXPECT_TRUE(settled->closed_message);
  EXPECT_EQ(run(store_->load_message(id)).error().fault, Fault::not_found);
  EXPECT_EQ(loaded({notice.message.id, 1}).domain, "origin.example");
  EXPECT_EQ(*run(store_->chunk(notice.message.id, 1)), "Hello\r\n");
}

TEST_F(SettleTest, WritesADelayNoticeTogetherWithItsMark) {
  const auto id = accept({"a.example"});

  Settlement settlement{.after = deferred({id, 1}, noon + 1h)};
  settlement.delay_notice = delay_notice_for(id, noon + 7s);
  const auto settled = run(store_->settle(settlement));

  ASSERT_TRUE(settled);
  EXPECT_TRUE(settled->wrote_delay_notice);
  EXPECT_EQ(run(store_->load_message(id))->message.delay_notice_at, noon + 7s);
  EXPECT_EQ(run(store_->load_message(id.delay_notice()))->message.about, id);
}

TEST_F(SettleTest, ListsADelayNoticeAsArrivedWhenItWasWritten) {
  const auto id = accept({"a.example"});
  Settlement settlement{.after = deferred({id, 1}, noon + 1h)};
  settlement.delay_notice = delay_notice_for(id, noon + 7s);
  ASSERT_TRUE(run(store_->settle(settlement)));

  const auto page = run(store_->deliveries(std::nullopt, 10));

  ASSERT_TRUE(page);
  ASSERT_EQ(page->deliveries.size(), 2U);
  EXPECT_EQ(page->deliveries[0].arrived, id.made());
  EXPECT_EQ(page->deliveries[1].arrived, noon + 7s);
}

TEST_F(SettleTest, DropsASecondDelayNoticeEvenAfterTheFirstWasDelivered) {
  const auto id = accept({"a.example"});
  Settlement first{.after = deferred({id, 1}, noon + 1h)};
  first.delay_notice = delay_notice_for(id, noon);
  ASSERT_TRUE(run(store_->settle(first)));
  Settlement delivered{.after = closed(loaded({id.delay_notice(), 1}))};
  ASSERT_TRUE(run(store_->settle(delivered)));
  reopen();

  Settlement second{.after = deferred({id, 1}, noon + 2h)};
  second.delay_notice = delay_notice_for(id, noon + 1h);
  const auto settled = run(store_->settle(second));

  ASSERT_TRUE(settled);
  EXPECT_FALSE(settled->wrote_delay_notice);
  EXPECT_EQ(run(store_->load_message(id.delay_notice())).error().fault, Fault::not_found);
  EXPECT_EQ(run(store_->load_message(id))->message.delay_notice_at, noon);
}

TEST_F(SettleTest, WritesOneDelayNoticeForManyDeliveriesThatFailAtTheSameTime_Line92) {
  const auto id = accept({"a.example", "b.example", "c.example"});
  std::vector<Awaitable<Result<Settled>>> works;
  for (std::uint16_t number = 1; number <= 3; ++number) {
    Settlement settlement{.after = deferred({id, number}, noon + 1h)};
    settlement.delay_notice = delay_notice_for(id, noon + number * 1s);
    works.push_back(store_->settle(std::move(settlement)));
  }

  const auto settled = run_all(std::move(works));

  const auto written = std::count_if(settled.begin(), settled.end(), [](const auto& one) {
    return one && one->wrote_delay_notice;
  });
  EXPECT_EQ(written, 1);
  EXPECT_EQ(due().size(), 4U);
  EXPECT_EQ(run(store_->load_message(id))->message.delay_notice_at, noon + 1s);
}

TEST_F(SettleTest, ClosesAMessageWhoseDeliveriesAllEndAtTheSameTime) {
  const auto id = accept({"a.example", "b.example", "c.example"});
  std::vector<Awaitable<Result<Settled>>> works;
  for (std::uint16_t number = 1; number <= 3; ++number) {
    Settlement settlement{.after = closed(loaded({id, number}))};
    works.push_back(store_->settle(std::move(settlement)));
  }

  const auto settled = run_all(std::move(works));

  const auto closings = std::count_if(
      settled.begin(), settled.end(), [](const auto& one) { return one && one->closed_message; });
  EXPECT_EQ(closings, 1);
  EXPECT_EQ(count_entries(), 0U);
}

TEST_F(SettleTest, WritesNothingForADeliveryThatIsGone) {
  const auto id = accept({"a.example"});
  const auto at_start = loaded({id, 1});
  Settlement closing{.after = closed(at_start)};
  ASSERT_TRUE(run(store_->settle(closing)));

  Settlement late{.after = at_start};
  late.notices.push_back(a_message(store_->new_id(), {"origin.example"}, noon));
  late.delay_notice = delay_notice_for(id, noon);
  const auto settled = run(store_->settle(late));

  ASSERT_FALSE(settled);
  EXPECT_EQ(settled.error().fault, Fault::not_found);
  EXPECT_EQ(count_entries(), 0U);
}

// One of the notices cannot be written after other changes of the settlement are in the batch.
TEST_F(SettleTest, TakesBackAllOfASettlementThatFailsAndKeepsItsNeighbours) {
  const auto id = accept({"a.example", "b.example"});
  auto impossible = a_message(store_->new_id(), {"origin.example"}, noon);
  impossible.body.clear();
  impossible.message.chunks = 1;
  Settlement failing{.after = deferred({id, 1}, noon + 1h)};
  failing.notices.push_back(a_message(store_->new_id(), {"origin.example"}, noon));
  failing.notices.push_back(impossible);
  Settlement passing{.after = deferred({id, 2}, noon + 2h)};
  std::vector<DueEntry> heard;
  store_->on_due_entries([&heard](std::vector<DueEntry> entries) {
    heard.insert(heard.end(), entries.begin(), entries.end());
  });
  std::vector<Awaitable<Result<Settled>>> works;
  works.push_back(store_->settle(failing));
  works.push_back(store_->settle(passing));

  const auto settled = run_all(std::move(works));

  EXPECT_FALSE(settled[0]);
  EXPECT_TRUE(settled[1]);
  EXPECT_EQ(loaded({id, 1}).attempts, 0U);
  EXPECT_EQ(loaded({id, 2}).attempts, 1U);
  const auto entries = due();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].position, (DuePosition{noon, {id, 1}}));
  EXPECT_EQ(entries[1].position, (DuePosition{noon + 2h, {id, 2}}));
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].position, entries[1].position);
}

}  // namespace
}  // namespace greyhound::queue
