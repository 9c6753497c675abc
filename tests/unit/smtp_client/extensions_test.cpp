#include "smtp_client/extensions.hpp"

#include <gtest/gtest.h>

namespace greyhound::smtp {
namespace {

Extensions parse(std::vector<std::string> lines) {
  return parse_extensions({.code = 250, .status = {}, .lines = std::move(lines)});
}

TEST(Extensions, KnowsTheKeywordsInAnyCase_Line8) {
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

TEST(Extensions, KnowsTheLoginsThatWeKnowAndNoOthers) {
  using mail::LoginMechanism;
  using Logins = std::vector<LoginMechanism>;

  EXPECT_EQ(parse({"mx.test", "AUTH CRAM-MD5  login SCRAM-SHA-256-PLUS Scram-Sha-256"}).logins,
            (Logins{LoginMechanism::login, LoginMechanism::scram_sha_256}));
  for (const auto* line : {"AUTH", "AUTH ", "AUTH PLAINLY", "AUTH=PLAIN", "XAUTH PLAIN"})
    EXPECT_EQ(parse({"mx.test", line}).logins, Logins{}) << line;
}

TEST(Extensions, ReadsTheServersLimits_Line118) {
  const auto offered =
      parse({"mx.test", "Limits RCPTMAX=50 NEWMAX=7 mailmax=999999 X RCPTDOMAINMAX=1"});

  EXPECT_EQ(offered.recipients_per_message, 50U);
  EXPECT_EQ(offered.messages_per_session, 999'999U);
}

TEST(Extensions, IgnoresLimitsThatAreZeroOrMalformed_Line118) {
  for (const auto* line : {"LIMITS",
                           "LIMITS RCPTMAX",
                           "LIMITS RCPTMAX=",
                           "LIMITS RCPTMAX=0",
                           "LIMITS RCPTMAX=05",
                           "LIMITS RCPTMAX=-5",
                           "LIMITS RCPTMAX=5x",
                           "LIMITS RCPTMAX=1000000",
                           "LIMITS RCPTMAX==5",
                           "LIMITS XRCPTMAX=5",
                           "LIMITSRCPTMAX=5"}) {
    EXPECT_EQ(parse({"mx.test", line}), Extensions{}) << line;
  }
}

}  // namespace
}  // namespace greyhound::smtp
