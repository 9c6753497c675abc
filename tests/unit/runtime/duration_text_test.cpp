#include "runtime/duration_text.hpp"

#include <gtest/gtest.h>

namespace greyhound::runtime {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, ReadsUnitsInFallingOrder) {
  EXPECT_EQ(parse_duration("90s"), Duration(90s));
  EXPECT_EQ(parse_duration("1h30m"), Duration(90min));
  EXPECT_EQ(parse_duration("5d"), Duration(120h));
  EXPECT_EQ(parse_duration("250ms"), Duration(250ms));
  EXPECT_EQ(parse_duration("0s"), Duration(0s));
}

TEST(DurationText, RefusesWhatIsNoDuration) {
  for (const auto* text : {"",
                           "5",
                           "m",
                           "5 m",
                           "-5m",
                           "5m5m",
                           "30m1h",
                           "1.5h",
                           "5min",
                           "5M",
                           "m5",
                           "99999999999999999999s",
                           "106751992d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(DurationText, WritesTheShortestExactForm) {
  EXPECT_EQ(to_text(Duration(90min)), "1h30m");
  EXPECT_EQ(to_text(Duration(0s)), "0s");
  EXPECT_EQ(to_text(Duration(1500ms)), "1s500ms");
  EXPECT_EQ(to_text(Duration(-5s)), "-5s");
}

TEST(SizeText, ReadsAndWritesBinaryUnits) {
  EXPECT_EQ(parse_size("50MiB"), 50ULL << 20);
  EXPECT_EQ(parse_size("0B"), 0ULL);
  EXPECT_EQ(to_size_text(50ULL << 20), "50MiB");
  EXPECT_EQ(to_size_text(1500), "1500B");
}

TEST(SizeText, RefusesWhatIsNoSize) {
  for (const auto* text : {"", "5", "MiB", "5MB", "5 MiB", "-1B", "99999999999GiB", "1KiB1B"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(InstantText, IsRfc3339InUtc) {
  EXPECT_EQ(to_text(Instant(Duration(1'772'366'400'999'999))), "2026-03-01T12:00:00Z");
}

}  // namespace
}  // namespace greyhound::runtime
