// A site with a mountain of mail, on the real store and in real time: it takes nothing, or
// greylists, and the mail of another site must not notice. 100 000 deliveries, or a million with
// GREYHOUND_FULL_SCALE=1 in the environment.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "queue/rocks_store.hpp"
#include "runtime/loops.hpp"
#include "scheduler/dispatcher.hpp"
#include "scheduler/greylist/mail_keys.hpp"
#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

constexpr auto suspended = "suspended.example";
constexpr auto greylister = "greylister.example";
constexpr auto other = "other.example";

// Attempts at the suspended site never end. The greylister takes one message and greylists all
// others. Of attempts at the other site it notes when each began.
class TimedCourier final : public mail::Courier {
 public:
  // `loop`: of who asks when an attempt began.
  TimedCourier(Clock& clock, const Executor& loop) : clock_(clock), loop_(loop), news(loop) {}

  Awaitable<mail::Located> locate(std::string domain, mail::ReversePath, mail::TlsWish) override {
    mail::Site site{.key = std::move(domain), .hosts = {}};
    co_return site;
  }

  Awaitable<mail::AttemptReport> attempt(mail::AttemptRequest request, mail::Site site) override {
    if (site.key == suspended) co_await clock_.sleep(1000h);
    if (site.key == greylister) {
      const auto outcome = at_greylister++ == 0 ? delivered() : greylisted();
      co_return report({outcome});
    }
    boost::asio::post(loop_, [this, label = request.label, at = clock_.steady()] {
      began[label] = at;
      news.wake();
    });
    co_return report({delivered()});
  }

  Awaitable<> let_go() override { co_return; }

 private:
  Clock& clock_;
  Executor loop_;

 public:
  std::size_t at_greylister = 0;
  std::map<std::string, SteadyInstant> began;
  WakeSignal news;
};

class ScaleTest : public testing::Test {
 protected:
  ScaleTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "greyhound-scale-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) folder_ = pattern;
    const queue::QueueSettings settings{
        .folder = folder_, .memory_bytes = 64ULL << 20, .reserve_disk_bytes = 16ULL << 20};
    auto opened = open_rocks_store(settings, queue::OpenMode::read_write, clock_, log_);
    if (opened) store_ = std::move(*opened);
  }
  ~ScaleTest() override {
    store_.reset();
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }

 public:
  // Every second one is a retry: both kinds of lane have to stand it.
  queue::NewMessage overdue(std::size_t number) {
    auto message = message_to("u@" + std::string(suspended));
    auto& delivery = message.deliveries.front();
    delivery.due = clock_.wall() - 1h;
    if (number % 2 == 0) delivery.attempted = delivery.due - 5min;
    return message;
  }

  queue::NewMessage message_to(const std::string& recipient) {
    auto message = a_message();
    message.id = store_->new_id();
    message.arrived = clock_.wall();
    auto deliveries = plan_deliveries(one_rule(), message, to({recipient}));
    return {std::move(message), std::move(deliveries), {"Subject: x\r\n\r\nhello\r\n"}};
  }

  // It was greylisted and is due in an hour; the first one is due now.
  queue::NewMessage greylisted_mail(std::size_t number) {
    const auto name = std::to_string(number);
    auto message = message_to("u" + name + "@" + greylister);
    auto& delivery = message.deliveries.front();
    const auto now = clock_.wall();
    delivery.attempts = 1;
    delivery.attempted = now - 5min;
    delivery.due = number == 0 ? now : now + 1h;
    delivery.rule = "default";
    delivery.series = queue::Series::greylist;
    delivery.greylist_anchor = delivery.attempted;
    delivery.pending_until = now + 2h;
    delivery.greylist.knocks = 1;
    delivery.greylist.keys =
        keys_of(*IpAddress::parse("192.0.2.7"), address("s@d" + name + ".example"), delivery, {0});
    return message;
  }

 protected:
  using Mail = queue::NewMessage (ScaleTest::*)(std::size_t);
  void fill(std::size_t count, Mail mail) {
    boost::asio::io_context loop;
    TaskGroup callers(loop.get_executor());
    std::size_t next = 0;
    for (int i = 0; i < 1000; ++i)
      callers.spawn("caller", fill_until(count, mail, &next));
    loop.run();
  }

  Awaitable<> fill_until(std::size_t count, Mail mail, std::size_t* next) {
    while (*next < count) {
      auto message = (this->*mail)((*next)++);
      const auto accepted = co_await store_->accept(std::move(message));
      EXPECT_TRUE(accepted) << accepted.error().what;
    }
  }

  // One message after the other; how long each waited for its attempt once it was accepted.
  Awaitable<> send(int count, TimedCourier* courier, std::vector<Duration>* waits) {
    for (int i = 0; i < count; ++i) {
      auto message = message_to("u@" + std::string(other));
      const auto label = message.deliveries.front().id.to_string();
      const auto accepted = co_await store_->accept(std::move(message));
      EXPECT_TRUE(accepted) << accepted.error().what;
      const auto since = clock_.steady();
      while (!courier->began.contains(label)) {
        co_await courier->news.wait();
      }
      waits->push_back(std::max<Duration>(courier->began[label] - since, Duration::zero()));
    }
  }

  Awaitable<> send_then_stop(Dispatcher* dispatcher,
                             Executor sessions,
                             TimedCourier* courier,
                             std::vector<Duration>* waits) {
    auto sending = send(500, courier, waits);
    co_await run_on(std::move(sessions), std::move(sending));
    co_await dispatcher->stop(0s);
  }

  SystemClock clock_;
  SilentLog log_;
  std::filesystem::path folder_;
  std::unique_ptr<queue::Store> store_;
};

// How long the other site's mail waits beside so much of a kind.
struct Beside {
  std::vector<Duration> waits;  // in order
  std::size_t at_greylister = 0;
};

class MountainTest : public ScaleTest {
 protected:
  Beside send_beside(Mail mail, const std::string& what) {
    const bool is_full_scale = std::getenv("GREYHOUND_FULL_SCALE") != nullptr;
    const std::size_t count = is_full_scale ? 1'000'000 : 100'000;
    const auto begun = clock_.steady();
    fill(count, mail);
    const auto filled = clock_.steady();

    boost::asio::io_context home;
    Loops loops(1);
    TimedCourier courier(clock_, loops.at(0));
    const SchedulerSettings settings{
        .retry = one_rule(),
        .notification = plain_notification(),
        .reporter = {.hostname = "mta.here.example", .postmaster = "p@x"},
        .concurrency = {}};
    Dispatcher dispatcher(home.get_executor(),
                          settings,
                          {.store = *store_, .courier = courier, .clock = clock_, .log = log_});
    dispatcher.start();
    Beside beside;
    TaskGroup tasks(home.get_executor());
    tasks.spawn("client", send_then_stop(&dispatcher, loops.at(0), &courier, &beside.waits));
    home.run();

    beside.at_greylister = courier.at_greylister;
    std::sort(beside.waits.begin(), beside.waits.end());
    if (beside.waits.size() != 500) return beside;
    const auto ms = [](Duration wait) { return static_cast<double>(wait.count()) / 1000; };
    std::cout << count << what << " (filled in " << ms(filled - begun) / 1000
              << " s); another site's mail starts within p50 " << ms(beside.waits[250])
              << " ms, p99 " << ms(beside.waits[495]) << " ms, at most " << ms(beside.waits.back())
              << " ms\n";
    return beside;
  }
};

TEST_F(MountainTest, OfASuspendedSiteDelaysNoOtherSite) {
  ASSERT_TRUE(store_);

  const auto beside = send_beside(&MountainTest::overdue, " due deliveries at a suspended site");

  ASSERT_EQ(beside.waits.size(), 500U);
  EXPECT_LT(beside.waits[495], 50ms);
}

TEST_F(MountainTest, ThatIsGreylistedIsLookedThroughWithoutDelayingAnotherSite) {
  ASSERT_TRUE(store_);

  const auto beside =
      send_beside(&MountainTest::greylisted_mail, " greylisted deliveries at a site");

  ASSERT_EQ(beside.waits.size(), 500U);
  EXPECT_LT(beside.waits[495], 50ms);
  EXPECT_EQ(beside.at_greylister, 2U);  // the one that passed, and one that tried the source
}

}  // namespace
}  // namespace greyhound::scheduler
