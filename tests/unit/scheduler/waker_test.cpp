// Whom the waker makes due, without the dispatcher that sends them.
#include "scheduler/waker.hpp"

#include <gtest/gtest.h>

#include "scheduler/greylist/mail_keys.hpp"
#include "unit/scheduler/builders.hpp"
#include "world/memory_store.hpp"
#include "world/virtual_time.hpp"

namespace greyhound::scheduler {
namespace {

constexpr auto site = "mx.there.example";
const auto home = *IpAddress::parse("192.0.2.7");

class WakerTest : public testing::Test {
 protected:
  WakerTest() { (void)run(book_.look_up(site)); }
  ~WakerTest() override { (void)run(stopped()); }

  // Mail that was greylisted and is due in an hour.
  queue::DeliveryId waiting(const std::string& from) {
    auto message = a_message(address(from));
    message.id = store_.new_id();
    auto delivery = a_delivery(message);
    delivery.attempted = noon;
    delivery.due = noon + 1h;
    delivery.rule = "default";
    delivery.greylist.keys = keys(from);
    const auto id = delivery.id;
    EXPECT_TRUE(run(store_.accept({std::move(message), {std::move(delivery)}, {"x\r\n"}})));
    return id;
  }

  static queue::GreylistKeys keys(const std::string& from) {
    const auto message = a_message(address(from));
    return keys_of(home, message.reverse_path, a_delivery(message), {0});
  }

  // Mail from there has got through, by its own clock or before it.
  void passes(const std::string& from, bool is_early = false) {
    const queue::KeyLesson lesson{.site = site,
                                  .keys = keys(from),
                                  .has_passed = true,
                                  .is_early = is_early,
                                  .at = time_.wall()};
    const KeyContact contact{.lesson = lesson, .is_news = is_news(book_.keying(site), lesson)};
    book_.learn(lesson);
    waker_.note_end({store_.new_id(), 1}, "there.example", contact);
  }

  template <class T>
  T run(Awaitable<T> work) {
    std::optional<T> result;
    TaskGroup tasks(time_.loop());
    tasks.spawn("test", keep_in(std::move(work), &result));
    EXPECT_TRUE(time_.run_until([&tasks] { return tasks.size() == 0; }, 1s));
    return std::move(*result);
  }
  template <class T>
  static Awaitable<> keep_in(Awaitable<T> work, std::optional<T>* into) {
    into->emplace(co_await std::move(work));
  }
  Awaitable<bool> stopped() {
    co_await waker_.stop();
    co_return true;
  }

  world::VirtualTime time_{noon};
  world::MemoryStore store_{time_};
  SilentLog log_;
  RetrySettings settings_ = one_rule();
  GreylistBook book_{store_, log_};
  Waker waker_{
      time_.loop(), settings_, {.store = store_, .clock = time_, .log = log_, .book = book_}};
};

TEST_F(WakerTest, WakesAllThatShareATrustedKeyAndKeepsTheirOwnDue) {
  const auto one = waiting("1@here.example");
  const auto other = waiting("2@here.example");
  const auto guest = waiting("3@other.example");

  passes("a@here.example");
  passes("b@here.example", true);
  time_.run_for(1s);

  for (const auto id : {one, other}) {
    EXPECT_EQ(waker_.own_due(id), noon + 1h);
    EXPECT_EQ(run(store_.load(id))->delivery.due, noon);
    EXPECT_EQ(run(store_.load(id))->delivery.moved_by, queue::Mover::woken);
  }
  EXPECT_TRUE(waker_.is_woken(guest));  // it tries whether the source is enough
}

TEST_F(WakerTest, LetsOneTryAtATimeAndTheNextIfThatOneIsGone) {
  const auto one = waiting("1@one.example");
  const auto other = waiting("2@two.example");

  passes("a@here.example");
  time_.run_for(10s);
  ASSERT_TRUE(waker_.is_woken(one));
  passes("b@here.example");
  time_.run_for(10s);
  EXPECT_FALSE(waker_.is_woken(other));

  waker_.forget(one);
  passes("c@here.example");
  time_.run_for(10s);
  EXPECT_TRUE(waker_.is_woken(other));
}

TEST_F(WakerTest, EndsItsWalkWhereThoseItWokeDoNotGetOn) {
  std::vector<queue::DeliveryId> all;
  for (int i = 0; i < 600; ++i)
    all.push_back(waiting("s" + std::to_string(i) + "@here.example"));

  passes("a@here.example");
  passes("b@here.example", true);
  time_.run_for(5min);
  const auto woken = [&] {
    return std::count_if(all.begin(), all.end(), [&](auto id) { return waker_.is_woken(id); });
  };
  EXPECT_EQ(woken(), 500);

  for (const auto id : all)
    waker_.forget(id);
  passes("c@here.example");
  time_.run_for(5min);
  EXPECT_EQ(woken(), 100);
}

TEST_F(WakerTest, WhereTheTrustIsGoneTheWokenGoBackToTheirOwnDue) {
  const auto one = waiting("1@here.example");
  passes("a@here.example");
  passes("b@here.example", true);
  time_.run_for(1s);
  const auto delivery = run(store_.load(one))->delivery;
  ASSERT_EQ(waker_.put_off(delivery, site), std::nullopt);

  book_.learn(queue::KeyLesson{.site = site,
                               .keys = keys("c@here.example"),
                               .has_passed = false,
                               .is_early = true,
                               .at = time_.wall()});
  const auto put_off = waker_.put_off(delivery, site);

  ASSERT_TRUE(put_off);
  EXPECT_EQ(put_off->due, noon + 1h);
  EXPECT_EQ(put_off->by, queue::Mover::nobody);
  EXPECT_FALSE(waker_.is_woken(one));
}

}  // namespace
}  // namespace greyhound::scheduler
