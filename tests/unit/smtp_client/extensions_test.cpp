#include "smtp_client/extensions.hpp"

#include <gtest/gtest.h>

namespace greyhound::smtp {
namespace {

Extensions parse(std::vector<std::string> lines) {
  return parse_extensions({.code = 250, .status = {}, .lines = std::move(lines)});
}

TEST(Extensions, KnowsTheKeywordsInAnyCase) {
  const Extensions all{.has_eight_bit_mime = true,
                       .has_size = true,
                       .has_pipelining = true,
                       .has_dsn = true,
                       .has_enhanced_status_codes = true,
                       .has_smtp_utf8 = true,
                       .size_limit_bytes = 1000};

  EXPECT_EQ(parse({"mx.test",
                   "8bitMIME",
                   "Size 1000",
                   "pipelining",
                   "DSN",
                   "EnhancedStatusCodes",
                   "SMTPUTF8",
                   "XCLIENT NAME"}),
            all);
}

TEST(Extensions, DoesNotTakeTheServersNameForAKeyword) {
  EXPECT_EQ(parse({"DSN"}), Extensions{});
}

TEST(Extensions, TakesZeroMissingAndMalformedSizesAsNoLimit) {
  for (const auto* line : {"SIZE", "SIZE 0", "SIZE x", "SIZE 12x", "SIZE 99999999999999999999"}) {
    const auto offered = parse({"mx.test", line});
    EXPECT_TRUE(offered.has_size) << line;
    EXPECT_EQ(offered.size_limit_bytes, std::nullopt) << line;
  }
}

TEST(Extensions, DoesNotTakeAPrefixForTheKeyword) {
  EXPECT_EQ(parse({"mx.test", "DSNX", "8BITMIME-NOT", "SIZELESS 5"}), Extensions{});
}

}  // namespace
}  // namespace greyhound::smtp
