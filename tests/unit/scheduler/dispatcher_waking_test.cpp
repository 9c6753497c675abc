// What waits at a greylister goes together: receivers that know mail by all kinds of keys.
#include <random>

#include <gmock/gmock.h>

#include "unit/scheduler/dispatcher_fixture.hpp"

namespace greyhound::scheduler {
namespace {

using queue::KeyKind;
using testing::Each;
using testing::ElementsAre;
using testing::Le;

// Refuses a key for its window, then lets it through for its verified time.
class KeyedReceiver {
 public:
  KeyedReceiver(KeyKind kind, Duration window) : kind_(kind), window_(window) {}

  mail::AttemptReport contact(const MadeAttempt& made) {
    auto& entry = known_[key_of(made)];
    if (!entry.first) entry.first = made.at;
    const bool is_verified = entry.passed && made.at - *entry.passed < verified;
    const bool passes = is_verified || made.at - *entry.first >= window_;
    if (!passes) {
      ++refused;
      return all(made, greylisted());
    }
    entry.passed = made.at;
    delivered_at[made.recipients.front()] = made.at - noon;
    return all(made, delivered());
  }
  void forget_all() { known_.clear(); }

  Duration verified = 24h;
  std::size_t refused = 0;
  std::map<std::string, Duration> delivered_at;  // by recipient

 private:
  struct Entry {
    std::optional<Instant> first;
    std::optional<Instant> passed;
  };
  std::string key_of(const MadeAttempt& made) const {
    if (kind_ == KeyKind::source) return "";
    const auto& sender = made.from;
    if (kind_ == KeyKind::sender) return sender->domain();
    return sender->text() + " " + made.recipients.front();
  }

  KeyKind kind_;
  Duration window_;
  std::map<std::string, Entry> known_;
};

class WakingTest : public DispatcherFixture {
 protected:
  void meet(KeyKind kind, Duration window = 5min) {
    receiver_ = std::make_unique<KeyedReceiver>(kind, window);
    answer_ = [this](const MadeAttempt& made) { return receiver_->contact(made); };
  }

  queue::DeliveryId send(const std::string& from, const std::string& recipient) {
    return accept({recipient}, address(from));
  }
  // As many senders at two domains, each to a recipient of its own.
  void send_many(int first, int count, Duration apart) {
    for (int i = first; i < first + count; ++i) {
      const auto number = std::to_string(i);
      send("s" + number + (i % 2 == 0 ? "@even.example" : "@odd.example"),
           "r" + number + "@there.example");
      time_.run_for(apart);
    }
  }
  // The second, from another domain, three minutes after the first.
  void start_and_send_from_two(SchedulerSettings settings) {
    start(std::move(settings));
    send("a@here.example", "1@there.example");
    time_.run_for(3min);
    send("b@other.example", "2@there.example");
    time_.run_for(1h);
  }
  std::vector<Duration> deliveries() const {
    std::vector<Duration> all;
    for (const auto& [recipient, at] : receiver_->delivered_at)
      all.push_back(at);
    return all;
  }

  std::unique_ptr<KeyedReceiver> receiver_;
};

TEST_F(WakingTest, MailOfTheSameTripletGoesWithTheFirstThatPasses) {
  meet(KeyKind::triplet);
  start();
  send("a@here.example", "r@there.example");
  time_.run_for(2min);
  send("a@here.example", "r@there.example");
  time_.run_for(2min);
  send("a@here.example", "r@there.example");
  time_.run_for(1h);

  EXPECT_THAT(times_of("r@there.example"), ElementsAre(0s, 2min, 4min, 6min, 6min, 6min + 200ms));
}

TEST_F(WakingTest, WhereTheSourceIsEnoughOneTriesAndThenAllGo) {
  meet(KeyKind::source);
  start();
  send_many(0, 40, 3s);
  time_.run_for(1h);

  EXPECT_EQ(deliveries().size(), 40U);
  EXPECT_THAT(deliveries(), Each(Le(6min + 10s)));
  EXPECT_EQ(courier_.attempts.size(), 80U);  // each knocked once, and nobody for nothing
}

TEST_F(WakingTest, WhereTheSendersDomainIsEnoughItsMailGoesTogether) {
  meet(KeyKind::sender);
  start();
  send_many(0, 40, 3s);
  time_.run_for(1h);

  EXPECT_THAT(deliveries(), Each(Le(6min + 13s)));
  EXPECT_LE(courier_.attempts.size(), 81U);  // one tried whether the source would do
}

TEST_F(WakingTest, WhereEachTripletWaitsForItselfItCostsAnAttemptForEachKindOfKeyADay) {
  meet(KeyKind::triplet);
  start();
  send_many(0, 40, 3s);
  time_.run_for(1h);

  EXPECT_EQ(deliveries().size(), 40U);
  EXPECT_LE(courier_.attempts.size(), 82U);
  for (int i = 0; i < 40; ++i) {
    const auto first_contact = i * 3s;
    EXPECT_LE(receiver_->delivered_at["r" + std::to_string(i) + "@there.example"],
              first_contact + 6min);
  }
}

TEST_F(WakingTest, OneThatWasWokenForNothingIsTriedWhenItWasToBe) {
  meet(KeyKind::triplet);
  start();
  send("a@here.example", "1@there.example");
  time_.run_for(3min);
  send("b@here.example", "2@there.example");
  time_.run_for(1h);

  EXPECT_THAT(times_of("2@there.example"), ElementsAre(3min, 6min, 9min));
}

TEST_F(WakingTest, NothingIsWokenByARuleThatFollowsItsSeriesToTheLetter) {
  meet(KeyKind::source);
  auto settings = default_settings();
  settings.retry.rules.front().adapt = false;
  start_and_send_from_two(std::move(settings));

  EXPECT_THAT(times_of("2@there.example"), ElementsAre(3min, 9min));
}

TEST_F(WakingTest, NothingIsWokenWhereNothingIsToBeLearned) {
  meet(KeyKind::source);
  auto settings = default_settings();
  settings.retry.learning.is_enabled = false;
  start_and_send_from_two(std::move(settings));

  EXPECT_THAT(times_of("2@there.example"), ElementsAre(3min, 9min));
}

TEST_F(WakingTest, NothingIsWokenWhereEarlyTriesAreMadeToWaitLonger) {
  meet(KeyKind::source);
  auto settings = default_settings();
  settings.retry.catalogue = std::make_shared<const Catalogue>(
      Greylisters{{.id = "strict",
                   .name = "Strict",
                   .window = 5min,
                   .penalty = EarlyPenalty{.each = 10min},
                   .code = 451,
                   .texts = {"451 4.7.1 Greylisted, please try again later"}}});
  start_and_send_from_two(std::move(settings));

  ASSERT_EQ(times_of("2@there.example").size(), 2U);
  EXPECT_GE(times_of("2@there.example")[1], 8min);
}

TEST_F(WakingTest, WhatIsHeldSleepsOn) {
  meet(KeyKind::triplet);
  start();
  send("a@here.example", "r@there.example");
  time_.run_for(3min);
  const auto id = send("a@here.example", "r@there.example");
  time_.run_for(1s);
  auto held = run(store_.load(id))->delivery;
  held.is_held = true;
  ASSERT_TRUE(run(store_.settle({.after = held})));
  time_.run_for(1h);

  EXPECT_EQ(courier_.attempts.size(), 3U);
}

TEST_F(WakingTest, WhatIsWokenGoesByTheRamp) {
  meet(KeyKind::source);
  auto settings = default_settings();
  settings.retry.ramp = {.per_second = 200, .per_site_per_second = 1, .doubles_every = 24h};
  start(std::move(settings));
  send_many(0, 10, 1ms);
  time_.run_for(5min);
  receiver_->forget_all();  // so that the others wait for their own clocks
  for (int i = 10; i < 40; ++i)
    send("s@x" + std::to_string(i) + ".example", "r" + std::to_string(i) + "@there.example");
  time_.run_for(55min);

  for (Duration second = 6min; second < 10min; second += 1s)
    EXPECT_LE(begun(second, second + 1s), 11U);
}

TEST_F(WakingTest, WhereOneAsksForAllFewKnockBeforeTheWindowOpens) {
  meet(KeyKind::source, 5min);
  auto settings = default_settings();
  settings.notification.delay.is_enabled = false;
  start(std::move(settings));
  send_many(0, 4, 30s);
  time_.run_for(48h);  // by now it is known that the source is enough
  receiver_ = std::make_unique<KeyedReceiver>(KeyKind::source, 21min);
  courier_.attempts.clear();

  send_many(100, 200, 100ms);
  time_.run_for(2h);

  EXPECT_EQ(deliveries().size(), 200U);
  EXPECT_LE(receiver_->refused, 260U);  // each knocked once; alone they would need 800 and more
  for (Duration at = 48h + 3min; at < 48h + 21min; at += 10s)
    EXPECT_LE(begun(at, at + 10s), 2U);
  for (const auto at : deliveries())
    EXPECT_LE(at, 48h + 12s + 33min);
}

TEST_F(WakingTest, WhatIsKnownOfTheKeysOutlastsARestart) {
  meet(KeyKind::source, 5min);
  auto settings = default_settings();
  settings.notification.delay.is_enabled = false;
  start(settings);
  send_many(0, 4, 30s);
  time_.run_for(48h);
  stop_with_grace(0s);
  start(std::move(settings));
  receiver_ = std::make_unique<KeyedReceiver>(KeyKind::source, 21min);

  send_many(100, 50, 100ms);
  time_.run_for(2h);

  EXPECT_EQ(deliveries().size(), 50U);
  EXPECT_LE(receiver_->refused, 80U);  // each knocked once; alone they would need 150
}

// Whatever a receiver knows mail by, nobody waits longer than by the series. Learning its window
// costs an attempt at most, and some of the mail here came while nothing was learned yet.
TEST_F(WakingTest, NobodyIsLaterForIt) {
  const auto seed = testing::UnitTest::GetInstance()->random_seed();
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_int_distribution<int> pause_ms(0, 20'000);
  for (const auto kind : queue::all_key_kinds) {
    SCOPED_TRACE(std::string(to_string(kind)) + ", seed " + std::to_string(seed));
    meet(kind);
    start();
    const auto began = time_.wall() - noon;
    std::map<std::string, Duration> first_contacts;
    for (int i = 0; i < 100; ++i) {
      const auto recipient = "r" + std::to_string(i) + "@" + std::string(to_string(kind)) +
                             ".example";  // each receiver is a stranger
      first_contacts[recipient] = time_.wall() - noon;
      send("s" + std::to_string(i % 7) + "@d" + std::to_string(i % 3) + ".example", recipient);
      time_.run_for(std::chrono::milliseconds(pause_ms(random)));
    }
    time_.run_for(1h);

    EXPECT_EQ(receiver_->delivered_at.size(), 100U);
    for (const auto& [recipient, at] : receiver_->delivered_at)
      EXPECT_LE(at, first_contacts[recipient] + 6min + 10s) << recipient;
    EXPECT_LE(begun(began, time_.wall() - noon), 305U);
    stop_with_grace(0s);
    time_.run_for(48h);
  }
}

}  // namespace
}  // namespace greyhound::scheduler
