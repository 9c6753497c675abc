#include "runtime/event_log.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace greyhound::runtime {
namespace {

// Standard error as a pipe, for as long as it lives.
class CaughtErrors {
 public:
  CaughtErrors() : before_(::dup(STDERR_FILENO)) {
    EXPECT_EQ(::pipe(pipe_.data()), 0);
    ::dup2(pipe_[1], STDERR_FILENO);
    ::close(pipe_[1]);
  }
  CaughtErrors(const CaughtErrors&) = delete;
  CaughtErrors& operator=(const CaughtErrors&) = delete;
  ~CaughtErrors() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    ::close(pipe_[0]);
  }

  std::string wait_for_some() {
    std::array<char, 4096> bytes{};
    const auto count = ::read(pipe_[0], bytes.data(), bytes.size());
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }
  std::string what_is_there() {
    ::fcntl(pipe_[0], F_SETFL, O_NONBLOCK);
    return wait_for_some();
  }

 private:
  int before_;
  std::array<int, 2> pipe_{};
};

TEST(StderrLogTest, ALineComesByItselfWithTimeAndLevel) {
  CaughtErrors errors;
  StderrLog log(EventLog::Level::info);

  log.info("accepted", {{"id", "abc"}, {"what", "two words"}});

  const auto text = errors.wait_for_some();
  EXPECT_NE(text.find("Z info accepted id=abc what=\"two words\"\n"), std::string::npos) << text;
}

TEST(StderrLogTest, AWarningIsThereAtOnceBehindAllThatWasSaidBefore) {
  CaughtErrors errors;
  StderrLog log(EventLog::Level::info);

  log.info("one");
  log.info("two");
  log.warning("three");

  std::string text = errors.what_is_there();
  const auto two = text.find(" info two\n");
  EXPECT_LT(text.find(" info one\n"), two) << text;
  EXPECT_LT(two, text.find(" warning three\n")) << text;
  EXPECT_TRUE(text.ends_with("three\n")) << text;
}

TEST(StderrLogTest, LinesBelowItsLevelAreNotWritten) {
  CaughtErrors errors;
  StderrLog log(EventLog::Level::warning);

  log.info("quiet");
  log.error("loud");

  const auto text = errors.what_is_there();
  EXPECT_EQ(text.find("quiet"), std::string::npos) << text;
  EXPECT_NE(text.find(" error loud\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace greyhound::runtime
