// A site that takes nothing and has a mountain of due mail, on the real store and in real time: the
// mail of another site must not notice. 100 000 deliveries, or a million with
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
#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

constexpr auto suspended = "suspended.example";
constexpr auto other = "other.example";

// Attempts at the suspended site never end. Of those at the other one it notes when each began.
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

  void fill(std::size_t count) {
    boost::asio::io_context loop;
    TaskGroup callers(loop.get_executor());
    std::size_t next = 0;
    for (int i = 0; i < 1000; ++i)
      callers.spawn("caller", fill_until(count, &next));
    loop.run();
  }

  Awaitable<> fill_until(std::size_t count, std::size_t* next) {
    while (*next < count) {
      auto message = overdue((*next)++);
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

TEST_F(ScaleTest, ASuspendedSitesMountainOfMailDelaysNoOtherSite) {
  ASSERT_TRUE(store_);
  const bool is_full_scale = std::getenv("GREYHOUND_FULL_SCALE") != nullptr;
  const std::size_t count = is_full_scale ? 1'000'000 : 100'000;
  const auto begun = clock_.steady();
  fill(count);
  const auto filled = clock_.steady();

  boost::asio::io_context home;
  Loops loops(1);
  TimedCourier courier(clock_, loops.at(0));
  const SchedulerSettings settings{
      .retry = one_rule(),
      .notification = {},
      .reporter = {.hostname = "mta.here.example", .postmaster = "p@x"},
      .concurrency = {}};
  Dispatcher dispatcher(home.get_executor(),
                        settings,
                        {.store = *store_, .courier = courier, .clock = clock_, .log = log_});
  dispatcher.start();
  std::vector<Duration> waits;
  TaskGroup tasks(home.get_executor());
  tasks.spawn("client", send_then_stop(&dispatcher, loops.at(0), &courier, &waits));
  home.run();

  ASSERT_EQ(waits.size(), 500U);
  std::sort(waits.begin(), waits.end());
  const auto ms = [](Duration wait) { return static_cast<double>(wait.count()) / 1000; };
  std::cout << count << " due deliveries at a suspended site (filled in "
            << ms(filled - begun) / 1000 << " s); another site's mail starts within p50 "
            << ms(waits[250]) << " ms, p99 " << ms(waits[495]) << " ms, at most "
            << ms(waits.back()) << " ms\n";
  EXPECT_LT(waits[495], 50ms);
}

}  // namespace
}  // namespace greyhound::scheduler
