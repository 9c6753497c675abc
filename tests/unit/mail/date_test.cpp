#include "mail/date.hpp"

#include <gtest/gtest.h>

namespace greyhound::mail {
namespace {

using namespace std::chrono_literals;

TEST(DateText, IsUtcWithTwoDigitsForDaysAndTimes) {
  const Instant leap = std::chrono::sys_days{std::chrono::year{2028} / 2 / 29} + 999ms;
  const Instant first = std::chrono::sys_days{std::chrono::year{2027} / 1 / 1} + 9h + 5min + 7s;

  EXPECT_EQ(date_text(leap), "Tue, 29 Feb 2028 00:00:00 +0000");
  EXPECT_EQ(date_text(first), "Fri, 01 Jan 2027 09:05:07 +0000");
  EXPECT_EQ(date_text(Instant{}), "Thu, 01 Jan 1970 00:00:00 +0000");
}

TEST(DateText, StaysWithinFourDigitYears) {
  EXPECT_EQ(date_text(Instant::max()), "Fri, 31 Dec 9999 23:59:59 +0000");
  EXPECT_EQ(date_text(Instant::min()), "Thu, 01 Jan 1970 00:00:00 +0000");
}

}  // namespace
}  // namespace greyhound::mail
