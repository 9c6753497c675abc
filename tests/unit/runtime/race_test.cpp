// Two ways to the same end, in virtual time.
#include "runtime/race.hpp"

#include <string>

#include <gtest/gtest.h>

#include "runtime/task_group.hpp"
#include "world/virtual_time.hpp"

namespace greyhound::runtime {
namespace {

using namespace std::chrono_literals;

constexpr Instant noon{std::chrono::hours(20'000 * 24 + 12)};
constexpr Duration head_start = 250ms;

struct Way {
  Duration takes;
  bool succeeds = true;
};

class RaceTest : public testing::Test {
 protected:
  void run(Way first, Way second) {
    group_.spawn("race", watch(first, second));
    time_.run_for(1h);
  }

  std::string result = "none";
  Duration took{};
  std::string log;  // "+1" begun, "-1" ended, "x1" cancelled

  Awaitable<Result<int>> walk(int number, Way way) {
    struct Ended {
      std::string& log;
      int number;
      bool in_time = false;
      ~Ended() { log += (in_time ? "-" : "x") + std::to_string(number); }
    } ended{log, number};
    log += "+" + std::to_string(number);
    co_await time_.sleep(way.takes);
    ended.in_time = true;
    if (!way.succeeds) co_return Error{Fault::network, "way " + std::to_string(number)};
    co_return number;
  }

  Awaitable<> watch(Way first, Way second) {
    const auto start = time_.steady();
    auto one = walk(1, first);
    auto two = walk(2, second);
    auto came = co_await race(&time_, head_start, std::move(one), std::move(two));
    result = came ? std::to_string(*came) : came.error().what;
    took = time_.steady() - start;
  }

  world::VirtualTime time_{noon};
  TaskGroup group_{time_.loop()};
};

TEST_F(RaceTest, NeverBeginsTheSecondWhereTheFirstIsQuick) {
  run({.takes = 200ms}, {.takes = 1ms});

  EXPECT_EQ(result, "1");
  EXPECT_EQ(log, "+1-1");
  EXPECT_EQ(took, Duration(200ms));
}

TEST_F(RaceTest, BeginsTheSecondAfterTheHeadStart) {
  run({.takes = 10s}, {.takes = 100ms});

  EXPECT_EQ(result, "2");
  EXPECT_EQ(log, "+1+2-2x1");
  EXPECT_EQ(took, Duration(350ms));
}

TEST_F(RaceTest, StillTakesTheFirstWhereTheSecondIsSlower) {
  run({.takes = 1s}, {.takes = 10s});

  EXPECT_EQ(result, "1");
  EXPECT_EQ(log, "+1+2-1x2");
}

TEST_F(RaceTest, BeginsTheSecondAtOnceWhereTheFirstHasFailed) {
  run({.takes = 10ms, .succeeds = false}, {.takes = 100ms});

  EXPECT_EQ(result, "2");
  EXPECT_EQ(took, Duration(110ms));
}

TEST_F(RaceTest, WaitsForTheFirstWhereTheSecondHasFailed) {
  run({.takes = 2s}, {.takes = 100ms, .succeeds = false});

  EXPECT_EQ(result, "1");
  EXPECT_EQ(took, Duration(2s));
}

TEST_F(RaceTest, EndsWithTheLastErrorWhereBothFail) {
  run({.takes = 1s, .succeeds = false}, {.takes = 100ms, .succeeds = false});
  EXPECT_EQ(result, "way 1");

  run({.takes = 1s, .succeeds = false}, {.takes = 5s, .succeeds = false});
  EXPECT_EQ(result, "way 2");
}

TEST_F(RaceTest, UnwindsBothWhenItIsCancelled) {
  group_.spawn("race", watch({.takes = 10s}, {.takes = 10s}));
  time_.run_for(1s);

  group_.cancel();
  time_.run_for(1s);

  EXPECT_EQ(result, "none");
  EXPECT_EQ(log.substr(0, 4), "+1+2");
  EXPECT_EQ(log.size(), 8U);
  EXPECT_EQ(group_.size(), 0U);
}

}  // namespace
}  // namespace greyhound::runtime
