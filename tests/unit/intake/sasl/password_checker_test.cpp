#include "intake/sasl/password_checker.hpp"

#include <future>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/loops.hpp"
#include "runtime/task_group.hpp"

namespace greyhound::intake {
namespace {

namespace asio = boost::asio;

// What a task leaves behind for the test's thread.
struct Seen {
  std::vector<std::string> answers;
  bool came_back = true;  // to the loop that it was asked on
};

std::string shown(const Result<bool>& answer) {
  if (!answer) return std::string(runtime::to_string(answer.error().fault));
  return *answer ? "right" : "wrong";
}

Awaitable<> ask(PasswordChecker* checker, PasswordCheck check, Seen* seen) {
  const auto home = std::this_thread::get_id();
  const auto answer = co_await checker->check(std::move(check));
  seen->answers.push_back(shown(answer));
  seen->came_back &= std::this_thread::get_id() == home;
}

class PasswordCheckerTest : public testing::Test {
 protected:
  PasswordCheck check_of(const std::string& password, std::uint32_t iterations = 4096) const {
    return {.user = "user",
            .keys = make_scram_keys(mail::Password("pencil"), "some salt", iterations),
            .password = mail::Password(password)};
  }
  // Asks with all of them at once, from one loop.
  Seen ask_all(const std::vector<PasswordCheck>& checks) {
    Seen seen;
    TaskGroup tasks(home_.at(0));
    start(tasks, checks, &seen);
    join(tasks);
    return seen;
  }
  void start(TaskGroup& tasks, const std::vector<PasswordCheck>& checks, Seen* seen) {
    std::promise<void> started;
    asio::post(home_.at(0), [&] {
      for (const auto& check : checks)
        tasks.spawn("ask", ask(&checker_, check, seen));
      started.set_value();
    });
    started.get_future().get();
  }
  void join(TaskGroup& tasks) { asio::co_spawn(home_.at(0), tasks.join(), asio::use_future).get(); }

  Loops home_{1};
  PasswordChecker checker_;
};

TEST_F(PasswordCheckerTest, TellsRightFromWrongAndComesBack) {
  const auto seen = ask_all({check_of("pencil"), check_of("pen"), check_of("pencil")});

  EXPECT_THAT(seen.answers, testing::UnorderedElementsAre("right", "wrong", "right"));
  EXPECT_TRUE(seen.came_back);
}

// All that wait come with one password, so the iterations are computed once; each costs a fifth of
// a second, and all of them would take longer than a test may.
TEST_F(PasswordCheckerTest, ComputesARightPasswordOnce) {
  const auto slow = check_of("pencil", ScramKeys::max_iterations);
  const std::vector<PasswordCheck> many(PasswordChecker::max_waiting, slow);

  for (int round = 0; round < 10; ++round) {
    const auto seen = ask_all(many);

    EXPECT_EQ(seen.answers, std::vector<std::string>(many.size(), "right"));
  }
}

TEST_F(PasswordCheckerTest, TakesNoMoreThanMayWait) {
  const auto slow = check_of("pencil", ScramKeys::max_iterations);
  const std::vector<PasswordCheck> many(PasswordChecker::max_waiting + 2, slow);

  const auto seen = ask_all(many);

  ASSERT_EQ(seen.answers.size(), many.size());
  EXPECT_EQ(seen.answers[0], "busy");
  EXPECT_EQ(seen.answers[1], "busy");
  EXPECT_EQ(seen.answers[2], "right");
  EXPECT_EQ(ask_all({check_of("pen")}).answers, std::vector<std::string>{"wrong"});
}

TEST_F(PasswordCheckerTest, ComputesNothingOnceItIsStopped) {
  const std::vector<PasswordCheck> many(PasswordChecker::max_waiting,
                                        check_of("pen", ScramKeys::max_iterations));
  Seen seen;
  TaskGroup tasks(home_.at(0));

  start(tasks, many, &seen);
  checker_.stop();
  join(tasks);

  ASSERT_EQ(seen.answers.size(), many.size());
  EXPECT_EQ(seen.answers.back(), "cancelled");
}

TEST_F(PasswordCheckerTest, LetsCallersBeCancelled) {
  const std::vector<PasswordCheck> many(10, check_of("pen", 20'000));
  Seen seen;
  TaskGroup tasks(home_.at(0));

  start(tasks, many, &seen);
  asio::post(home_.at(0), [&] { tasks.cancel(); });
  join(tasks);

  EXPECT_EQ(tasks.size(), 0U);
  EXPECT_EQ(ask_all({check_of("pencil")}).answers, std::vector<std::string>{"right"});
}

}  // namespace
}  // namespace greyhound::intake
