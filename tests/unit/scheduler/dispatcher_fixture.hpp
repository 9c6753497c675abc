// What the dispatcher's tests share: the dispatcher with the real decision code, in virtual time,
// over a store in memory and a courier whose answers the test writes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "scheduler/dispatcher.hpp"
#include "unit/scheduler/builders.hpp"
#include "world/memory_store.hpp"
#include "world/scripted_courier.hpp"
#include "world/virtual_time.hpp"

namespace greyhound::scheduler {

using world::MadeAttempt;

inline mail::AttemptReport all(const MadeAttempt& made, const mail::Outcome& outcome) {
  return report(std::vector<mail::Outcome>(made.recipients.size(), outcome));
}

template <class T>
Awaitable<> keep_in(Awaitable<T> work, std::optional<T>* into) {
  into->emplace(co_await std::move(work));
}

// A store of which single deliveries cannot be loaded, and that takes its time as one on a disk:
// what it tells may be out of date when it returns.
class DamagedStore final : public world::MemoryStore {
 public:
  explicit DamagedStore(Clock& clock) : MemoryStore(clock), clock_(clock) {}

  Awaitable<Result<queue::LoadedDelivery>> load(queue::DeliveryId id) override {
    ++loads;
    const auto found = damaged.find(id);
    if (found != damaged.end()) co_return Error{found->second, "its record does not decode"};
    auto loaded = co_await MemoryStore::load(id);
    if (load_takes > 0s) co_await clock_.sleep(load_takes);
    co_return loaded;
  }

  Awaitable<Result<std::vector<queue::DueEntry>>> due(std::optional<queue::DuePosition> after,
                                                      Instant until,
                                                      std::size_t limit) override {
    ++scan_reads;
    if (scan_takes > 0s) co_await clock_.sleep(scan_takes);
    co_return co_await MemoryStore::due(after, until, limit);
  }

  Awaitable<Result<queue::Settled>> settle(queue::Settlement settlement) override {
    auto settled = co_await MemoryStore::settle(std::move(settlement));
    if (returns_late > 0s) co_await clock_.sleep(returns_late);
    co_return settled;
  }

  Awaitable<Result<std::vector<queue::Suspension>>> suspensions() override {
    if (fails_to_tell_suspensions) co_return Error{Fault::disk, "the disk does not answer"};
    co_return co_await MemoryStore::suspensions();
  }

  std::map<queue::DeliveryId, Fault> damaged;
  bool fails_to_tell_suspensions = false;
  Duration returns_late{0};  // from a settlement
  Duration load_takes{0};
  Duration scan_takes{0};
  std::size_t loads = 0;
  std::size_t scan_reads = 0;  // of the due index, over all domains

 private:
  Clock& clock_;
};

// Sends some domains over a route of that name.
class RoutingCourier final : public mail::Courier {
 public:
  explicit RoutingCourier(mail::Courier& other) : other_(other) {}

  Awaitable<mail::Located> locate(std::string domain,
                                  mail::ReversePath sender,
                                  mail::TlsWish wish) override {
    auto located = co_await other_.locate(domain, std::move(sender), wish);
    if (routes.contains(domain)) std::get<mail::Site>(located).is_route = true;
    co_return located;
  }
  Awaitable<mail::AttemptReport> attempt(mail::AttemptRequest request, mail::Site site) override {
    return other_.attempt(std::move(request), std::move(site));
  }
  Awaitable<> let_go() override { return other_.let_go(); }

  std::set<std::string> routes;

 private:
  mail::Courier& other_;
};

class DispatcherFixture : public testing::Test {
 protected:
  ~DispatcherFixture() override {
    if (dispatcher_) stop_with_grace(0s);
  }

  void start(SchedulerSettings settings = default_settings()) {
    dispatcher_ = std::make_unique<Dispatcher>(
        time_.loop(),
        std::move(settings),
        SchedulerParts{
            .store = store_, .courier = routing_, .clock = time_, .log = log_, .trace = *trace_});
    dispatcher_->start();
  }

  void stop_with_grace(Duration grace) {
    bool stopped = false;
    TaskGroup tasks(time_.loop());
    tasks.spawn("stop", stop(dispatcher_.get(), grace, &stopped));
    ASSERT_TRUE(time_.run_until([&stopped] { return stopped; }, grace + 1min));
    dispatcher_.reset();
  }

  static SchedulerSettings default_settings() {
    return {.retry = one_rule(),
            .notification = plain_notification(),
            .reporter = {.hostname = "mta.here.example", .postmaster = "postmaster@here.example"},
            .concurrency = {}};
  }

  queue::NewMessage message_to(const std::vector<std::string>& recipients,
                               mail::ReversePath from = address("sender@here.example")) {
    auto message = a_message(std::move(from));
    message.id = store_.new_id();
    message.arrived = time_.wall();
    auto deliveries = plan_deliveries(one_rule(), message, to(recipients));
    return {std::move(message), std::move(deliveries), {"Subject: x\r\n\r\nhello\r\n"}};
  }

  queue::DeliveryId accept(queue::NewMessage message) {
    const auto id = message.message.id;
    const auto accepted = run(store_.accept(std::move(message)));
    EXPECT_TRUE(accepted) << accepted.error().what;
    return {id, 1};
  }
  queue::DeliveryId accept(const std::vector<std::string>& recipients,
                           mail::ReversePath from = address("sender@here.example")) {
    return accept(message_to(recipients, std::move(from)));
  }

  // A delivery that was tried once already, whose retry is due then.
  queue::DeliveryId accept_retry(const std::string& recipient,
                                 Instant due,
                                 std::optional<Instant> pending_until = {}) {
    auto message = message_to({recipient});
    auto& delivery = message.deliveries.front();
    delivery.attempts = 1;
    delivery.attempted = due - 5min;
    delivery.due = due;
    delivery.pending_until = pending_until;
    return accept(std::move(message));
  }

  template <class T>
  T run(Awaitable<T> work) {
    std::optional<T> result;
    TaskGroup tasks(time_.loop());
    tasks.spawn("test", keep_in(std::move(work), &result));
    EXPECT_TRUE(time_.run_until([&tasks] { return tasks.size() == 0; }, 1s));
    return std::move(*result);
  }

  std::vector<Duration> times_of(const std::string& recipient) const {
    std::vector<Duration> times;
    for (const auto& made : courier_.attempts) {
      if (made.recipients.front() == recipient) times.push_back(made.at - noon);
    }
    return times;
  }

  // Attempts that began in a span, at one site or at all.
  std::size_t begun(Duration from, Duration until, const std::string& site = "") const {
    std::size_t count = 0;
    for (const auto& made : courier_.attempts) {
      const bool is_in_span = made.at - noon >= from && made.at - noon < until;
      if (is_in_span && (site.empty() || made.site == site)) ++count;
    }
    return count;
  }

  world::VirtualTime time_{noon};
  DamagedStore store_{time_};
  std::function<mail::AttemptReport(const MadeAttempt&)> answer_ = [](const MadeAttempt& made) {
    return all(made, delivered());
  };
  world::ScriptedCourier courier_{time_, [this](const MadeAttempt& made) { return answer_(made); }};
  RoutingCourier routing_{courier_};
  SilentLog log_;
  mail::Trace* trace_ = &mail::nobody_watches();
  std::unique_ptr<Dispatcher> dispatcher_;

 private:
  static Awaitable<> stop(Dispatcher* dispatcher, Duration grace, bool* stopped) {
    co_await dispatcher->stop(grace);
    *stopped = true;
  }
};

}  // namespace greyhound::scheduler
