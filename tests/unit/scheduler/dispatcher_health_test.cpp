// Sites that push back, die and come back, as the dispatcher meets them.
#include <gmock/gmock.h>

#include "unit/scheduler/dispatcher_fixture.hpp"

namespace greyhound::scheduler {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SiteHealthDispatchTest : public DispatcherFixture {
 protected:
  // Until `back`, nobody answers at a.example.
  void set_dead_until(Duration back) {
    answer_ = [this, back](const MadeAttempt& made) {
      const bool is_dead = made.site == "a.example" && time_.wall() - noon < back;
      return all(made, is_dead ? no_connection() : delivered());
    };
  }

  void accept_many(int count, const std::string& domain) {
    for (int i = 0; i < count; ++i)
      accept({"u" + std::to_string(i) + "@" + domain});
  }

  std::uint32_t attempts_on_record() {
    std::uint32_t attempts = 0;
    for (const auto& message : store_.messages()) {
      for (const auto& delivery : message.deliveries)
        attempts += delivery.attempts + delivery.uncounted;
    }
    return attempts;
  }
};

TEST_F(SiteHealthDispatchTest, ASiteThatIsNewGetsFiveAtOnceAndMoreAsItTakesThem) {
  courier_.attempt_takes = 1s;
  accept_many(100, "a.example");

  start();
  time_.run_for(500ms);
  const auto first = begun(0s, 500ms);
  time_.run_for(4s);

  EXPECT_EQ(first, 5U);
  EXPECT_EQ(begun(1s, 1500ms), 10U);
  EXPECT_EQ(courier_.most_running_at["a.example"], 20U);
}

TEST_F(SiteHealthDispatchTest, ASiteThatHangsUpWhereTooManyCallIsNotCalledSoOften) {
  courier_.attempt_takes = 1s;
  std::size_t refused = 0;
  answer_ = [this, &refused](const MadeAttempt& made) {
    const bool is_too_much = courier_.running_at["a.example"] > 4;
    if (is_too_much) ++refused;
    const auto busy = replied(mail::Stage::mail, 421, {"4.3.2 too many connections"});
    return all(made, is_too_much ? busy : delivered());
  };
  accept_many(400, "a.example");

  start();
  time_.run_for(3min);

  EXPECT_LT(refused, 40U);
  EXPECT_GT(courier_.attempts.size() - refused, 350U);
}

TEST_F(SiteHealthDispatchTest, NewMailGoesAheadOfTheRetriesThatWaitForTheSite) {
  courier_.attempt_takes = 1s;
  for (int i = 0; i < 100; ++i)
    accept_retry("old" + std::to_string(i) + "@a.example", noon + 1s);
  auto settings = default_settings();
  settings.concurrency = {.per_site = 2, .total = 500};
  start(std::move(settings));
  time_.run_for(3500ms);
  accept({"new@a.example"});

  time_.run_for(2s);

  EXPECT_THAT(times_of("new@a.example"), ElementsAre(4s));
  EXPECT_LT(courier_.attempts.size(), 12U);
}

TEST_F(SiteHealthDispatchTest, ADeadSiteIsAskedByOneMessageAtATimeAndTheOthersCostNoAttempt) {
  set_dead_until(10h);
  courier_.attempt_takes = 1s;
  accept_many(100, "a.example");

  start();
  time_.run_for(5min);

  EXPECT_EQ(begun(0s, 1s), 5U);
  EXPECT_EQ(begun(2s, 5min), 7U);  // after rests of 5, 10, 20, 40, 60, 60, 60 seconds
  EXPECT_EQ(attempts_on_record(), courier_.attempts.size());
}

TEST_F(SiteHealthDispatchTest, TheFirstAnswerFreesAll) {
  set_dead_until(4min);
  courier_.attempt_takes = 100ms;
  accept_many(100, "a.example");

  start();
  time_.run_for(4min + SiteHealth::longest_rest + 10s);

  EXPECT_GE(courier_.attempts.size(), 100U);
  EXPECT_THAT(store_.messages(), SizeIs(testing::Le(12U)));  // those that asked in vain
}

TEST_F(SiteHealthDispatchTest, ManyDeadSitesLeaveRoomForTheOthers) {
  auto settings = default_settings();
  settings.concurrency = {.per_site = 20, .total = 10};
  courier_.attempt_takes = 30s;
  answer_ = [](const MadeAttempt& made) {
    const bool is_dead = made.site.starts_with("dead");
    return all(made, is_dead ? no_connection() : delivered());
  };
  for (int i = 0; i < 40; ++i)
    accept_many(5, "dead" + std::to_string(i) + ".example");
  start(std::move(settings));
  time_.run_for(20min);  // all are known to be dead

  const auto now = time_.wall() - noon;
  accept({"b@b.example"});
  time_.run_for(1min);

  ASSERT_THAT(times_of("b@b.example"), SizeIs(1));
  EXPECT_LE(times_of("b@b.example").front(), now + 30s);
}

// Each sender hears of the delay as if its message alone were on its way there.
TEST_F(SiteHealthDispatchTest, ADeadSiteDelaysNoNoticeByMuch) {
  set_dead_until(100h);
  accept_many(50, "a.example");

  start();
  time_.run_for(15min + 3 * 11min);  // the second retry, and what each attempt may wait for

  EXPECT_THAT(times_of("sender@here.example"), SizeIs(50));
}

TEST_F(SiteHealthDispatchTest, WhatExpiresAtADeadSiteGetsItsLastAttemptFirst) {
  set_dead_until(100h);
  auto settings = default_settings();
  settings.notification.delay.is_enabled = false;
  accept_many(10, "a.example");
  start(std::move(settings));
  time_.run_for(1min);
  auto old = message_to({"old@a.example"});
  old.message.arrived = time_.wall() + 5s - one_rule().rules.front().lifetime;
  old.deliveries.front().expires = time_.wall() + 5s;
  old.deliveries.front().attempts = 4;
  old.deliveries.front().attempted = noon;
  accept(std::move(old));

  time_.run_for(10min);

  EXPECT_THAT(times_of("old@a.example"), SizeIs(1));
  EXPECT_THAT(times_of("sender@here.example"), SizeIs(1));
}

TEST_F(SiteHealthDispatchTest, ADeadSiteThatIsForgottenIsAskedAtOnce) {
  set_dead_until(100h);
  accept_many(20, "a.example");
  start();
  time_.run_for(3min);
  const auto before = courier_.attempts.size();

  ASSERT_TRUE(run(dispatcher_->forget("a.example")));
  time_.run_for(1ms);

  EXPECT_GE(courier_.attempts.size(), before + SiteHealth::silences_of_dead);
}

TEST_F(SiteHealthDispatchTest, WhatWaitsAtADeadSiteIsNotTriedAgainBeforeItsDueOnceItIsBack) {
  set_dead_until(1min);
  accept_many(3, "a.example");

  start();
  time_.run_for(4min + 59s);
  EXPECT_THAT(courier_.attempts, SizeIs(3));
  time_.run_for(2s + SiteHealth::longest_rest);

  EXPECT_THAT(courier_.attempts, SizeIs(6));
  EXPECT_THAT(store_.messages(), IsEmpty());
}

}  // namespace
}  // namespace greyhound::scheduler
