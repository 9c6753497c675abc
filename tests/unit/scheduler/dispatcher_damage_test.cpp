// Records that cannot be read, index entries without a delivery, and the watch over expiry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/scheduler/dispatcher_fixture.hpp"

namespace greyhound::scheduler {
namespace {

using testing::IsEmpty;

class DamageTest : public DispatcherFixture {
 protected:
  std::vector<queue::Quarantined> quarantined() {
    return run(store_.quarantined(std::nullopt, 100))->deliveries;
  }
  std::size_t entries() {
    return run(store_.due(std::nullopt, Instant::max(), 1000))->size() +
           run(store_.expired(std::nullopt, Instant::max(), 1000))->size();
  }
  queue::NewMessage expiring(const std::string& recipient, Instant expires, Instant attempted) {
    auto message = message_to({recipient});
    auto& delivery = message.deliveries.front();
    delivery.attempts = 3;
    delivery.attempted = attempted;
    delivery.due = noon + 100h;  // so that no lane comes to it
    delivery.expires = expires;
    return message;
  }
};

TEST_F(DamageTest, ADeliveryThatCannotBeReadIsPutAsideAndTheOthersGo) {
  const auto bad = accept({"bad@a.example"});
  accept({"good@a.example"});
  store_.damaged[bad] = Fault::corrupt;

  start();
  time_.run_for(1min);

  EXPECT_EQ(times_of("good@a.example").size(), 1U);
  ASSERT_EQ(quarantined().size(), 1U);
  EXPECT_EQ(quarantined().front().id, bad);
  EXPECT_EQ(quarantined().front().why, "its record does not decode");
  EXPECT_EQ(entries(), 0U);
}

TEST_F(DamageTest, AnEntryWithoutADeliveryIsDroppedAndNotFoundForEver) {
  const auto dangling = accept({"gone@a.example"});
  store_.damaged[dangling] = Fault::not_found;

  start();
  time_.run_for(1h);

  EXPECT_EQ(entries(), 0U);
  EXPECT_EQ(store_.loads, 1U);
}

TEST_F(DamageTest, ADiskThatFailsForAWhileDamagesNothing) {
  const auto id = accept({"a@a.example"});
  store_.damaged[id] = Fault::disk;
  start();
  time_.run_for(1min);
  EXPECT_THAT(quarantined(), IsEmpty());

  store_.damaged.clear();
  time_.run_for(2s);

  EXPECT_EQ(times_of("a@a.example").size(), 1U);
}

TEST_F(DamageTest, ExpiredMailThatCannotBeReadIsPutAsideToo) {
  const auto bad = accept(expiring("bad@a.example", noon + 1h, noon + 1min));
  accept(expiring("good@a.example", noon + 1h, noon + 1min));
  store_.damaged[bad] = Fault::corrupt;

  start();
  time_.run_for(2h);

  ASSERT_EQ(quarantined().size(), 1U);
  EXPECT_EQ(quarantined().front().id, bad);
  EXPECT_EQ(times_of("sender@here.example").size(), 1U);  // about the good one
}

TEST_F(DamageTest, AllThatIsExpiredFailsInOnePassHoweverMuchThatIs) {
  for (int i = 0; i < 1000; ++i)
    accept(expiring("u" + std::to_string(i) + "@a.example", noon + 1h, noon + 1min));

  start();
  time_.run_for(1h + 3min);

  EXPECT_TRUE(times_of("u7@a.example").empty());
  EXPECT_EQ(times_of("sender@here.example").size(), 1000U);
  EXPECT_TRUE(store_.messages().empty());
}

TEST_F(DamageTest, MailThatMayStillBeTriedOnceHidesNoneThatIsOver) {
  auto settings = default_settings();
  settings.concurrency = {.per_site = 1, .total = 10};
  for (int i = 0; i < 300; ++i)
    accept(expiring("u" + std::to_string(i) + "@a.example", noon - 1h, noon - 2h));
  accept(expiring("over@b.example", noon - 1min, noon));

  start(std::move(settings));
  time_.run_for(10s);

  EXPECT_EQ(times_of("sender@here.example").size(), 1U);
  EXPECT_EQ(store_.messages().size(), 300U);
}

TEST_F(DamageTest, MailThatWaitsForAFullSiteStillExpires) {
  auto settings = default_settings();
  settings.concurrency = {.per_site = 1, .total = 10};
  courier_.attempt_takes = 10h;
  accept({"runs@a.example"});
  time_.run_for(1ms);
  auto waits = message_to({"waits@a.example"});
  waits.deliveries.front().expires = noon + 1h;
  waits.deliveries.front().attempted = noon - 1min;
  accept(std::move(waits));

  start(std::move(settings));
  time_.run_for(3h);
  const auto left = store_.messages();
  time_.run_for(20h);

  EXPECT_TRUE(times_of("waits@a.example").empty());
  ASSERT_EQ(left.size(), 2U);  // the one that runs, and the notice about the other, on its way
  EXPECT_EQ(left.back().message.kind, queue::MessageKind::failure_notice);
  EXPECT_TRUE(store_.messages().empty());
}

}  // namespace
}  // namespace greyhound::scheduler
