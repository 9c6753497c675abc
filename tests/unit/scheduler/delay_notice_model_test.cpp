// At most one delay notice, whatever happens in whatever order: every state that a message to two
// destinations can get into is visited, with the real decisions, the real notices and a store that
// keeps what the port promises. Then walks through the same model on the store on disk, where a
// crash closes it and a restart opens it again.
// GREYHOUND_TEST_LONG=1: with an attempt more and clocks that are set back in between (minutes).
#include <cstdlib>
#include <deque>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "queue/record_codec.hpp"
#include "queue/rocks_store.hpp"
#include "runtime/task_group.hpp"
#include "scheduler/notice_writer.hpp"
#include "unit/scheduler/builders.hpp"
#include "world/fake_clock.hpp"
#include "world/memory_store.hpp"
#include "world/temp_folder.hpp"
#include "world/virtual_time.hpp"

namespace greyhound::scheduler {
namespace {

constexpr std::size_t destinations = 2;

bool is_long_form() {
  return std::getenv("GREYHOUND_TEST_LONG") != nullptr;
}

std::uint32_t most_attempts() {
  return is_long_form() ? 4 : 3;  // the third brings the notice
}

enum class Act : std::uint8_t {
  defer,  // an attempt ends; what it means is decided by what was loaded
  deliver,
  refuse,
  compose,  // the message and its siblings are read, and the notice is written
  settle,
  crash,   // and the restart
  reload,  // with other settings
  set_clock,
};
struct Step {
  Act act;
  std::size_t destination = 0;
};

// What happens to one destination outside of the store; gone with a crash.
struct UnderWay {
  std::optional<Decision> decision = {};
  std::optional<queue::Settlement> settlement = {};
};

struct State {
  queue::Message message;
  std::vector<queue::Delivery> deliveries;  // the open ones
  std::vector<UnderWay> under_way = std::vector<UnderWay>(destinations);
  std::size_t settings = 0;
  bool clock_is_back = false;
  std::size_t delay_notices = 0;
  bool is_owed = false;  // a settled decision asked for one
};

// As the files may say it before and after a reload.
const std::vector<notify::NotificationSettings>& variants() {
  static const auto all = [] {
    auto usual = plain_notification();
    auto first_failure = usual;
    first_failure.delay.after_retry = 0;
    auto off = usual;
    off.delay.is_enabled = false;
    return std::vector{usual, first_failure, off};
  }();
  return all;
}

State beginning(queue::MessageId id = some_id) {
  State state{.message = a_message(), .deliveries = {}};
  state.message.id = id;
  state.deliveries =
      plan_deliveries(one_rule(), state.message, to({"a@one.example", "b@two.example"}));
  state.message.deliveries = destinations;
  state.message.open_deliveries = destinations;
  return state;
}

queue::Delivery* find(State& state, std::size_t destination) {
  for (auto& delivery : state.deliveries)
    if (delivery.id.number == destination + 1) return &delivery;
  return nullptr;
}

class Model {
 public:
  static bool is_possible(const State& state, Step step) {
    auto copy = state;
    const auto& work = state.under_way[step.destination];
    switch (step.act) {
      case Act::defer:
      case Act::deliver:
      case Act::refuse: {
        const auto* const delivery = find(copy, step.destination);
        const bool is_idle = !work.decision && !work.settlement;
        return delivery != nullptr && is_idle && delivery->attempts < most_attempts();
      }
      case Act::compose:
        return work.decision.has_value();
      case Act::settle:
        return work.settlement.has_value();
      case Act::crash:
      case Act::reload:
      case Act::set_clock:
        return true;
    }
    return false;
  }

  // All but the settlement, which is the store's.
  void take(State& state, Step step) const {
    auto& work = state.under_way[step.destination];
    switch (step.act) {
      case Act::defer:
        work.decision = decide_on(state, step.destination, greylisted());
        break;
      case Act::deliver:
        work.decision = decide_on(state, step.destination, delivered());
        break;
      case Act::refuse:
        work.decision = decide_on(state, step.destination, no_such_user());
        break;
      case Act::compose:
        work.settlement = composed(state, *work.decision);
        work.decision.reset();
        break;
      case Act::crash:
        state.under_way.assign(destinations, {});
        break;
      case Act::reload:
        state.settings = (state.settings + 1) % variants().size();
        break;
      case Act::set_clock:
        state.clock_is_back = !state.clock_is_back;
        break;
      case Act::settle:
        break;
    }
  }

  static const notify::NotificationSettings& settings(const State& state) {
    return variants()[state.settings];
  }

 private:
  static Instant now(const State& state) { return state.clock_is_back ? noon - 2h : noon + 1h; }

  Decision decide_on(State& state, std::size_t destination, const mail::Outcome& outcome) const {
    const auto& delivery = *find(state, destination);
    return decide({state.message, delivery, retry_, settings(state), now(state)},
                  open_recipients(delivery),
                  report({outcome}));
  }

  queue::Settlement composed(const State& state, const Decision& decision) const {
    if (!needs_notice(decision, state.message, settings(state))) return {.after = decision.after};
    auto next_id = state.message.id.value();
    return settlement_with_notices(decision,
                                   {.message = state.message, .deliveries = state.deliveries},
                                   {.head = "Subject: x\r\n", .whole = std::nullopt},
                                   {retry_, settings(state), reporter_, now(state), [&next_id] {
                                      return queue::MessageId(next_id += 4096);
                                    }});
  }

  RetrySettings retry_ = one_rule();
  notify::Reporter reporter_{.hostname = "mta.here.example",
                             .postmaster = "postmaster@here.example"};
};

template <class T>
T wait_for(world::VirtualTime& time, Awaitable<T> work) {
  std::optional<T> result;
  TaskGroup tasks(time.loop());
  const auto keep = [](Awaitable<T> awaited, std::optional<T>* into) -> Awaitable<> {
    into->emplace(co_await std::move(awaited));
  };
  tasks.spawn("test", keep(std::move(work), &result));
  EXPECT_TRUE(time.run_until([&tasks] { return tasks.size() == 0; }, 1s));
  return std::move(*result);
}

// What a settlement leaves in the store, by a store with just this message in it.
void settle_in_memory(State& state, std::size_t destination) {
  world::VirtualTime time{noon};
  world::MemoryStore store{time};
  auto message = state.message;
  ASSERT_TRUE(wait_for(time, store.accept({message, state.deliveries, {}})));
  auto settlement = std::move(*state.under_way[destination].settlement);
  state.under_way[destination] = {};
  const bool was_open = find(state, destination) != nullptr;
  const bool asked = settlement.delay_notice.has_value();
  const auto settled = wait_for(time, store.settle(std::move(settlement)));
  ASSERT_EQ(settled.has_value(), was_open);
  if (settled->wrote_delay_notice) ++state.delay_notices;
  state.is_owed |= asked;
  const auto left = wait_for(time, store.load_message(some_id));
  if (left) {
    state.message = left->message;
    state.deliveries = left->deliveries;
  } else {
    state.deliveries.clear();
  }
}

std::string key_of(const State& state) {
  std::string key = encode(state.message);
  for (const auto& delivery : state.deliveries)
    key += std::to_string(delivery.id.number) + encode(delivery);
  for (const auto& work : state.under_way) {
    key += '|';
    if (work.decision) {
      key += encode(work.decision->after) + (work.decision->wants_delay_notice ? "d" : "-") +
             (work.decision->failed.empty() ? "-" : "f");
    }
    key += '/';
    if (work.settlement) {
      key += encode(work.settlement->after) + (work.settlement->delay_notice ? "d" : "-") +
             std::to_string(work.settlement->notices.size());
    }
  }
  return key + std::to_string(state.settings) + (state.clock_is_back ? "b" : "") +
         std::to_string(state.delay_notices) + (state.is_owed ? "o" : "");
}

std::vector<Step> all_steps() {
  std::vector<Step> steps{{Act::crash}, {Act::reload}};
  if (is_long_form()) steps.push_back({Act::set_clock});
  for (std::size_t destination = 0; destination < destinations; ++destination) {
    for (const auto act : {Act::defer, Act::deliver, Act::refuse, Act::compose, Act::settle})
      steps.push_back({act, destination});
  }
  return steps;
}

void expect_one_notice_at_most(const State& state) {
  ASSERT_LE(state.delay_notices, 1U);
  ASSERT_EQ(state.delay_notices == 1, state.is_owed);
}

TEST(DelayNoticeModel, NoStateHasTwoAndEachThatOwesOneHasIt) {
  const Model model;
  const auto steps = all_steps();
  std::unordered_set<std::string> seen;
  std::deque<State> open{beginning()};
  seen.insert(key_of(open.front()));
  std::size_t transitions = 0;
  std::size_t with_notice = 0;
  while (!open.empty()) {
    const auto state = std::move(open.front());
    open.pop_front();
    for (const auto step : steps) {
      if (!Model::is_possible(state, step)) continue;
      auto next = state;
      if (step.act == Act::settle) {
        ASSERT_NO_FATAL_FAILURE(settle_in_memory(next, step.destination));
      } else {
        model.take(next, step);
      }
      ++transitions;
      ASSERT_NO_FATAL_FAILURE(expect_one_notice_at_most(next));
      if (!seen.insert(key_of(next)).second) continue;
      if (next.delay_notices > 0) ++with_notice;
      open.push_back(std::move(next));
    }
  }
  std::cout << seen.size() << " states, " << transitions << " transitions, " << with_notice
            << " states with a delay notice\n";
  EXPECT_GT(seen.size(), 4'000U);
  EXPECT_GT(with_notice, 1'000U);
}

// The store on disk; a crash takes what is not in it.
class OnDisk {
 public:
  OnDisk() {
    settings_.folder = folder_.path() / "queue";
    settings_.memory_bytes = 32ULL << 20;
    settings_.reserve_disk_bytes = 1ULL << 20;
    open();
  }

  void reopen() {
    store_.reset();
    open();
  }

  template <class T>
  static T run(Awaitable<T> work) {
    boost::asio::io_context loop;
    TaskGroup tasks(loop.get_executor());
    std::optional<T> result;
    tasks.spawn("test", keep(std::move(work), &result));
    loop.run();
    return std::move(*result);
  }

  void settle(State& state, std::size_t destination) {
    auto settlement = std::move(*state.under_way[destination].settlement);
    state.under_way[destination] = {};
    state.is_owed |= settlement.delay_notice.has_value();
    const auto settled = run(store_->settle(std::move(settlement)));
    ASSERT_TRUE(settled) << settled.error().what;
    if (settled->wrote_delay_notice) ++state.delay_notices;
    read(state);
  }
  void read(State& state) {
    const auto left = run(store_->load_message(state.message.id));
    if (left) state.message = left->message;
    state.deliveries = left ? left->deliveries : std::vector<queue::Delivery>();
  }

  queue::Store& store() { return *store_; }

 private:
  template <class T>
  static Awaitable<> keep(Awaitable<T> work, std::optional<T>* into) {
    into->emplace(co_await std::move(work));
  }
  void open() {
    auto opened = open_rocks_store(settings_, queue::OpenMode::read_write, clock_, log_);
    ASSERT_TRUE(opened) << opened.error().what;
    store_ = std::move(*opened);
  }

  world::TempFolder folder_;
  world::FakeClock clock_;
  SilentLog log_;
  queue::QueueSettings settings_;
  std::unique_ptr<queue::Store> store_;
};

TEST(DelayNoticeModel, HoldsOnDiskOverCrashesAndRestarts) {
  const auto seed = testing::UnitTest::GetInstance()->random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(static_cast<unsigned>(seed));
  OnDisk disk;
  const Model model;
  std::size_t notices = 0;
  std::size_t crashes = 0;
  for (int walk = 0; walk < 12; ++walk) {
    auto state = beginning(disk.store().new_id());
    ASSERT_TRUE(OnDisk::run(disk.store().accept({state.message, state.deliveries, {"x\r\n"}})));
    disk.read(state);
    for (int taken = 0; taken < 30; ++taken) {
      // An attempt that is put off is what happens most.
      std::vector<Step> possible;
      for (const auto step : all_steps()) {
        if (!Model::is_possible(state, step)) continue;
        const bool is_common =
            step.act == Act::defer || step.act == Act::compose || step.act == Act::settle;
        possible.insert(possible.end(), is_common ? 10 : 1, step);
      }
      const auto step = possible[random() % possible.size()];
      model.take(state, step);
      if (step.act == Act::settle) {
        ASSERT_NO_FATAL_FAILURE(disk.settle(state, step.destination));
      }
      if (step.act == Act::crash) {
        disk.reopen();
        disk.read(state);
        ++crashes;
      }
      ASSERT_NO_FATAL_FAILURE(expect_one_notice_at_most(state));
    }
    const auto notice = OnDisk::run(disk.store().load_message(state.message.id.delay_notice()));
    ASSERT_EQ(notice.has_value(), state.delay_notices == 1);
    notices += state.delay_notices;
  }
  std::cout << crashes << " crashes, " << notices << " delay notices\n";
  EXPECT_GT(crashes, 5U);
  EXPECT_GT(notices, 4U);
}

}  // namespace
}  // namespace greyhound::scheduler
