// Sites and domains that an operator has suspended.
#include <gmock/gmock.h>

#include "unit/scheduler/dispatcher_fixture.hpp"

namespace greyhound::scheduler {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SuspensionTest : public DispatcherFixture {
 protected:
  void suspend(const std::string& name) { ASSERT_TRUE(run(dispatcher_->suspend(name))); }
  void resume(const std::string& name) { ASSERT_TRUE(run(dispatcher_->resume(name))); }

  void start_with_ramp(double per_second) {
    auto settings = default_settings();
    settings.retry.ramp.per_second = per_second;
    settings.retry.ramp.doubles_every = 24h * 365;
    start(std::move(settings));
  }
};

TEST_F(SuspensionTest, NothingGoesToADomainUntilItIsResumedAndNothingIsCounted) {
  start();
  suspend("a.example");
  const auto id = accept({"a@a.example"});
  accept({"b@b.example"});

  time_.run_for(10h);
  const auto waiting = run(store_.load(id));
  resume("a.example");
  time_.run_for(1s);

  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->delivery.attempts + waiting->delivery.uncounted, 0U);
  EXPECT_EQ(waiting->delivery.due, noon);
  EXPECT_THAT(times_of("a@a.example"), ElementsAre(10h));
  EXPECT_THAT(times_of("b@b.example"), ElementsAre(0s));
}

TEST_F(SuspensionTest, ASiteIsSuspendedForAllDomainsThatItServes) {
  courier_.site_of = {{"a.example", "mx.hoster.example"}, {"b.example", "mx.hoster.example"}};
  start();
  suspend("mx.hoster.example");
  for (const auto* to : {"1@a.example", "2@b.example", "3@c.example"})
    accept({to});

  time_.run_for(1h);
  EXPECT_EQ(courier_.attempts.size(), 1U);
  resume("mx.hoster.example");
  time_.run_for(1s);

  EXPECT_EQ(courier_.attempts.size(), 3U);
}

TEST_F(SuspensionTest, WhatRunsGoesOn) {
  courier_.attempt_takes = 1min;
  start();
  accept({"a@a.example"});
  time_.run_for(1s);

  suspend("a.example");
  time_.run_for(5min);

  EXPECT_THAT(store_.messages(), IsEmpty());
}

TEST_F(SuspensionTest, WhatWaitsForRoomStays) {
  auto settings = default_settings();
  settings.concurrency = {.per_site = 1, .total = 10};
  courier_.attempt_takes = 1min;
  for (const auto* to : {"1@a.example", "2@a.example", "3@a.example"})
    accept({to});
  start(std::move(settings));
  time_.run_for(1s);

  suspend("a.example");
  time_.run_for(1h);

  EXPECT_EQ(courier_.attempts.size(), 1U);
  EXPECT_THAT(store_.messages(), SizeIs(2));
}

TEST_F(SuspensionTest, OutlivesARestart) {
  start();
  suspend("a.example");
  stop_with_grace(1s);
  accept({"a@a.example"});

  start();
  time_.run_for(1h);
  EXPECT_THAT(courier_.attempts, IsEmpty());
  resume("a.example");
  time_.run_for(1s);

  EXPECT_THAT(courier_.attempts, SizeIs(1));
}

TEST_F(SuspensionTest, RetriesThatFellDueMeanwhileGoByTheRamp) {
  start_with_ramp(2);
  suspend("a.example");
  for (int i = 0; i < 20; ++i)
    accept_retry("u" + std::to_string(i) + "@a.example", noon + 1min);
  time_.run_for(1h);

  resume("a.example");
  accept({"new@a.example"});
  accept_retry("other@b.example", time_.wall());
  time_.run_for(5s);

  EXPECT_LE(begun(1h, 2h, "a.example"), 1 + 11U);
  EXPECT_THAT(times_of("new@a.example"), ElementsAre(1h));
  EXPECT_THAT(times_of("other@b.example"), ElementsAre(1h));
  time_.run_for(10s);
  EXPECT_THAT(store_.messages(), IsEmpty());
}

TEST_F(SuspensionTest, WhatExpiresMeanwhileFailsOnlyAfterOneMoreAttempt) {
  courier_.site_of = {{"b.example", "mx.b.example"}};
  answer_ = [](const MadeAttempt& made) {
    const bool is_notice = made.recipients.front() == "sender@here.example";
    return all(made, is_notice ? delivered() : over_quota());
  };
  start();
  suspend("a.example");
  suspend("mx.b.example");
  accept({"1@a.example"});
  accept({"2@b.example"});

  time_.run_for(24h * 7);
  EXPECT_THAT(courier_.attempts, IsEmpty());
  EXPECT_THAT(store_.messages(), SizeIs(2));
  resume("a.example");
  resume("mx.b.example");
  time_.run_for(5min);

  EXPECT_THAT(times_of("1@a.example"), SizeIs(1));
  EXPECT_THAT(times_of("2@b.example"), SizeIs(1));
  EXPECT_THAT(times_of("sender@here.example"), SizeIs(2));
}

TEST_F(SuspensionTest, ASuspendedSiteHoldsItsMailAlsoWhileNobodyCanLocateTheDomain) {
  courier_.site_of = {{"a.example", "mx.hoster.example"}, {"b.example", "mx.other.example"}};
  answer_ = [](const MadeAttempt& made) { return all(made, delivered()); };
  start();
  suspend("mx.hoster.example");
  accept({"1@a.example"});
  time_.run_for(1h);
  const mail::NoSite dns_fails{.outcome = replied(mail::Stage::dns, 451, {"4.4.3 SERVFAIL"}),
                               .is_ours = false};
  courier_.no_site = {{"a.example", dns_fails}};

  time_.run_for(24h * 7);
  EXPECT_THAT(store_.messages(), SizeIs(1));
  courier_.no_site.clear();
  resume("mx.hoster.example");
  time_.run_for(5min);

  EXPECT_THAT(times_of("1@a.example"), SizeIs(1));
  EXPECT_THAT(store_.messages(), IsEmpty());
}

TEST_F(SuspensionTest, OnlyWhatIsSuspendedCanBeResumed) {
  start();
  time_.run_for(1s);

  const auto resumed = run(dispatcher_->resume("a.example"));

  ASSERT_FALSE(resumed);
  EXPECT_EQ(resumed.error().fault, Fault::not_found);
}

TEST_F(SuspensionTest, AStoreThatCannotTellWhatIsSuspendedHoldsEverythingBack) {
  ASSERT_TRUE(run(store_.suspend({"a.example", noon})));
  store_.fails_to_tell_suspensions = true;
  accept({"a@a.example"});
  accept({"b@b.example"});

  start();
  time_.run_for(10s);
  EXPECT_THAT(courier_.attempts, IsEmpty());
  store_.fails_to_tell_suspensions = false;
  time_.run_for(2s);

  EXPECT_THAT(times_of("b@b.example"), SizeIs(1));
  EXPECT_THAT(times_of("a@a.example"), IsEmpty());
}

}  // namespace
}  // namespace greyhound::scheduler
