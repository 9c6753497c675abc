#include <future>
#include <string>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "runtime/clock.hpp"
#include "runtime/loops.hpp"
#include "runtime/task_group.hpp"

namespace greyhound::runtime {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// What a task leaves behind for the test's thread.
struct Seen {
  std::thread::id before;
  std::thread::id over_there;
  std::thread::id after;
  std::string value;
};

Awaitable<std::string> answer_over_there(Seen* seen) {
  seen->over_there = std::this_thread::get_id();
  co_return std::string("answer");
}

Awaitable<> ask(Executor loop, Seen* seen, std::promise<void>* done) {
  seen->before = std::this_thread::get_id();
  seen->value = co_await run_on(std::move(loop), answer_over_there(seen));
  seen->after = std::this_thread::get_id();
  done->set_value();
}

Awaitable<> sleep_over_there(Clock* clock, std::promise<void>* started) {
  started->set_value();
  co_await clock->sleep(1h);
}

Awaitable<> nap(Clock* clock) {
  co_await clock->sleep(Duration(50));
}

class RunOn : public ::testing::Test {
 protected:
  void join(TaskGroup& tasks) { asio::co_spawn(home_.at(0), tasks.join(), asio::use_future).get(); }
  template <class Work>
  void on_home(Work work) {
    asio::post(home_.at(0), std::move(work));
  }

  SystemClock clock_;
  Loops home_{1};
  Loops away_{1};
  TaskGroup tasks_{home_.at(0)};
};

TEST_F(RunOn, RunsTheWorkOverThereAndComesBackWithItsValue) {
  Seen seen;
  std::promise<void> done;

  on_home([&] { tasks_.spawn("ask", ask(away_.at(0), &seen, &done)); });
  done.get_future().get();
  join(tasks_);

  EXPECT_EQ(seen.value, "answer");
  EXPECT_EQ(seen.before, seen.after);
  EXPECT_NE(seen.before, seen.over_there);
}

TEST_F(RunOn, CancelsTheWorkOverThere) {
  std::promise<void> started;

  on_home([&] { tasks_.spawn("sleep", run_on(away_.at(0), sleep_over_there(&clock_, &started))); });
  started.get_future().get();
  on_home([&] { tasks_.cancel(); });
  join(tasks_);

  EXPECT_EQ(tasks_.size(), 0U);
}

// The cancellation and the end of the work meet: under a sanitizer this once touched freed memory.
TEST_F(RunOn, SurvivesACancellationThatMeetsTheEndOfTheWork) {
  for (int round = 0; round < 500; ++round) {
    TaskGroup group(home_.at(0));

    on_home([&] {
      for (int i = 0; i < 4; ++i)
        group.spawn("nap", run_on(away_.at(0), nap(&clock_)));
    });
    std::this_thread::yield();
    on_home([&] { group.cancel(); });
    join(group);

    ASSERT_EQ(group.size(), 0U);
  }
}

}  // namespace
}  // namespace greyhound::runtime
