#include "config/suggestion.hpp"

#include <gtest/gtest.h>

#include "config/json_document.hpp"

namespace greyhound::config {
namespace {

JsonNode value(const std::string& json) {
  Problems problems;
  const auto list = parse_document("a.json", "[" + json + "]", problems);
  EXPECT_TRUE(list.has_value()) << json;
  return list ? list->items.front() : JsonNode{};
}

TEST(Suggestion, ReadsADurationInManyWritings) {
  EXPECT_EQ(duration_meant(value("300")), "5m");
  EXPECT_EQ(duration_meant(value("\"300\"")), "5m");
  EXPECT_EQ(duration_meant(value("\"5 min\"")), "5m");
  EXPECT_EQ(duration_meant(value("\"5M\"")), "5m");
  EXPECT_EQ(duration_meant(value("\"90 seconds\"")), "1m30s");
  EXPECT_EQ(duration_meant(value("\"1.5h\"")), "1h30m");
  EXPECT_EQ(duration_meant(value("\"1 day 2 hours\"")), "1d2h");
  EXPECT_EQ(duration_meant(value("\"2w\"")), "14d");
  EXPECT_EQ(duration_meant(value("\"250ms\"")), "1s");
}

TEST(Suggestion, DoesNotGuessWhatIsNoDuration) {
  EXPECT_EQ(duration_meant(value("\"\"")), std::nullopt);
  EXPECT_EQ(duration_meant(value("\"soon\"")), std::nullopt);
  EXPECT_EQ(duration_meant(value("\"5x\"")), std::nullopt);
  EXPECT_EQ(duration_meant(value("-5")), std::nullopt);
  EXPECT_EQ(duration_meant(value("true")), std::nullopt);
  EXPECT_EQ(duration_meant(value("\"1e400\"")), std::nullopt);
  EXPECT_EQ(duration_meant(value("\"99999999999999999999d\"")), std::nullopt);
  EXPECT_EQ(duration_meant(value("\"nan\"")), std::nullopt);
}

TEST(Suggestion, ReadsASizeInManyWritings) {
  EXPECT_EQ(size_meant(value("52428800")), "50MiB");
  EXPECT_EQ(size_meant(value("\"50MB\"")), "50MiB");
  EXPECT_EQ(size_meant(value("\"50 mib\"")), "50MiB");
  EXPECT_EQ(size_meant(value("\"0.5G\"")), "512MiB");
  EXPECT_EQ(size_meant(value("\"50TB\"")), std::nullopt);
}

TEST(Suggestion, ReadsAPercentageInManyWritings) {
  EXPECT_EQ(percent_meant(value("5")), "5%");
  EXPECT_EQ(percent_meant(value("\"5\"")), "5%");
  EXPECT_EQ(percent_meant(value("0.05")), "5%");
  EXPECT_EQ(percent_meant(value("\"7.5 %\"")), "7.5%");
  EXPECT_EQ(percent_meant(value("\"much\"")), std::nullopt);
}

TEST(Suggestion, FindsTheNearestWordButNotAFarOne) {
  EXPECT_EQ(nearest("rety", {"retry", "rules"}), "retry");
  EXPECT_EQ(nearest("max-mx", {"max_mx", "ip"}), "max_mx");
  EXPECT_EQ(nearest("HostName", {"hostname"}), "hostname");
  EXPECT_EQ(nearest("ipv4", {"any", "v4", "v6"}), "v4");
  EXPECT_EQ(nearest("greeitng", {"greeting", "connect"}), "greeting");
  EXPECT_EQ(nearest("frequency", {"retry", "rules"}), std::nullopt);
  EXPECT_EQ(nearest("", {"retry"}), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'x'), {"retry"}), std::nullopt);
}

}  // namespace
}  // namespace greyhound::config
