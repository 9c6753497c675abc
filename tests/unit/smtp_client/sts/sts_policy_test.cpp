#include "smtp_client/sts/sts_policy.hpp"

#include <gtest/gtest.h>

namespace greyhound::smtp {
namespace {

// "enforce mx1.example,*.example 86400", or what is wrong.
std::string read(std::string_view text) {
  const auto policy = parse_sts_policy(text);
  if (!policy) return policy.error().what;
  std::string mx;
  for (const auto& pattern : policy->mx)
    mx += (mx.empty() ? "" : ",") + pattern;
  return std::string(to_string(policy->mode)) + " " + mx + " " +
         std::to_string(policy->max_age.count());
}

std::string with(const std::string& more) {
  return read("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 60\n" + more);
}

TEST(StsPolicy, IsReadFromItsFields) {
  EXPECT_EQ(read("version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\n"
                 "mx: *.example.net\r\nmx: BackupMX.example.com\r\nmax_age: 604800\r\n"),
            "enforce mail.example.com,*.example.net,backupmx.example.com 604800");
  EXPECT_EQ(read("max_age:1\nmx:a.example\nmode:testing\nversion:STSv1"), "testing a.example 1");
}

TEST(StsPolicy, MayHaveBlanksAndEmptyLines) {
  EXPECT_EQ(read("version:\t STSv1 \nmode: enforce\t\n\nmx:   a.example\r\n \r\nmax_age: 0\n\n\n"),
            "enforce a.example 0");
}

TEST(StsPolicy, IsNoneWithAFieldMissing_Line140) {
  EXPECT_EQ(read(""), "MTA-STS policy: no version");
  EXPECT_EQ(read("mode: enforce\nmx: a\nmax_age: 1"), "MTA-STS policy: no version");
  EXPECT_EQ(read("version: STSv1\nmx: a\nmax_age: 1"), "MTA-STS policy: no mode");
  EXPECT_EQ(read("version: STSv1\nmode: enforce\nmx: a"), "MTA-STS policy: no max_age");
  EXPECT_EQ(read("version: STSv1\nmode: enforce\nmax_age: 1"), "MTA-STS policy: no mx");
  EXPECT_EQ(read("version: STSv1\nmode: testing\nmax_age: 1"), "MTA-STS policy: no mx");
}

TEST(StsPolicy, ThatTakesAnotherBackNeedsNoHosts) {
  EXPECT_EQ(read("version: STSv1\nmode: none\nmax_age: 1"), "none  1");
}

TEST(StsPolicy, GoesByTheFirstOfARepeatedField) {
  EXPECT_EQ(with("mode: none\nmax_age: 7\nversion: STSv9\nmx: b.example"),
            "enforce a.example,b.example 60");
  EXPECT_EQ(with("mode: what\nmax_age: x"), "enforce a.example 60");
}

TEST(StsPolicy, IgnoresFieldsThatItDoesNotKnow_Line140) {
  EXPECT_EQ(with("x-note: anything: at = all\nReport: \xc3\xa4\nMX: b.example\n"),
            "enforce a.example 60");
}

TEST(StsPolicy, LivesNoLongerThanAYear_Line140) {
  EXPECT_EQ(read("version: STSv1\nmode: none\nmax_age: 31557600"), "none  31557600");
  EXPECT_EQ(read("version: STSv1\nmode: none\nmax_age: 9999999999"), "none  31557600");
}

TEST(StsPolicy, IsNoneWithAValueThatIsNoneOfItsField) {
  EXPECT_EQ(read("version: STSv2\nmode: none\nmax_age: 1"), "MTA-STS policy: version is not STSv1");
  for (const auto* mode : {"", "Enforce", "enforced", "report"}) {
    EXPECT_EQ(read("version: STSv1\nmode: " + std::string(mode) + "\nmax_age: 1"),
              "MTA-STS policy: mode is neither enforce nor testing nor none");
  }
  for (const auto* age : {"", "-1", "+1", "1d", "1.5", "10000000000", "0x10"}) {
    EXPECT_EQ(read("version: STSv1\nmode: none\nmax_age: " + std::string(age)),
              "MTA-STS policy: max_age is not a number of seconds");
  }
  for (const auto* mx : {"",
                         "*",
                         "*.",
                         "*a.example",
                         "a.*.example",
                         "*.*.example",
                         "a..example",
                         ".example",
                         "a.example.",
                         "a b",
                         "[192.0.2.1]",
                         "\xc3\xa4.example"}) {
    EXPECT_EQ(with("mx: " + std::string(mx)), "MTA-STS policy: an mx is not the name of a host");
  }
}

TEST(StsPolicy, IsNoneWithALineThatIsNoField) {
  EXPECT_EQ(with("mode"), "MTA-STS policy: a line is not a field");
  EXPECT_EQ(with(": x"), "MTA-STS policy: a line is not a field");
  EXPECT_EQ(with(" mode: none"), "MTA-STS policy: a line is not a field");
  EXPECT_EQ(with("<html>"), "MTA-STS policy: a line is not a field");
  EXPECT_EQ(with(std::string(33, 'x') + ": y"), "MTA-STS policy: a line is not a field");
  EXPECT_EQ(read("\xef\xbb\xbfversion: STSv1\nmode: none\nmax_age: 1"),
            "MTA-STS policy: a line is not a field");
  EXPECT_EQ(with(std::string("x: a\0b", 6)), "MTA-STS policy: a line has control characters");
  EXPECT_EQ(read("version: STSv1\rmode: none\rmax_age: 1"),
            "MTA-STS policy: a line has control characters");
}

TEST(StsPolicy, IsBounded) {
  std::string ninety_nine;
  for (int i = 0; i < 99; ++i)
    ninety_nine += "mx: b\n";
  std::string ten_thousand;
  for (int i = 0; i < 10'000; ++i)
    ten_thousand += "mx: b\n";

  EXPECT_EQ(read(std::string(64 * 1024 + 1, '\n')), "MTA-STS policy: too long");
  EXPECT_EQ(read(std::string(64 * 1024, '\n')), "MTA-STS policy: no version");
  EXPECT_EQ(with("x: " + std::string(60'000, 'y')), "enforce a.example 60");
  EXPECT_EQ(with(ninety_nine).substr(0, 20), "enforce a.example,b,");
  EXPECT_EQ(with(ten_thousand), "MTA-STS policy: more than 100 mx");
}

TEST(StsPolicy, IsReadBackFromItsOwnText) {
  const StsPolicy policy{.mode = StsMode::testing,
                         .mx = {"a.example", "*.b.example"},
                         .max_age = std::chrono::hours(1)};

  EXPECT_EQ(to_text(policy),
            "version: STSv1\nmode: testing\nmx: a.example\nmx: *.b.example\nmax_age: 3600\n");
  EXPECT_EQ(parse_sts_policy(to_text(policy)).value(), policy);
}

TEST(StsPolicy, PermitsTheHostsItNames) {
  const StsPolicy policy{.mode = StsMode::enforce, .mx = {"mx1.a.example", "b.example"}};

  EXPECT_TRUE(permits(policy, "mx1.a.example"));
  EXPECT_TRUE(permits(policy, "b.example"));
  EXPECT_FALSE(permits(policy, "mx2.a.example"));
  EXPECT_FALSE(permits(policy, "a.example"));
  EXPECT_FALSE(permits(policy, "x.b.example"));
  EXPECT_FALSE(permits(policy, ""));
}

TEST(StsPolicy, TakesAWildcardForExactlyOneLabel_Line141) {
  const StsPolicy policy{.mode = StsMode::enforce, .mx = {"*.a.example"}};

  EXPECT_TRUE(permits(policy, "mx1.a.example"));
  EXPECT_FALSE(permits(policy, "a.example"));
  EXPECT_FALSE(permits(policy, ".a.example"));
  EXPECT_FALSE(permits(policy, "x.mx1.a.example"));
  EXPECT_FALSE(permits(policy, "mx1a.example"));
  EXPECT_FALSE(permits(policy, "mx1.b.example"));
}

}  // namespace
}  // namespace greyhound::smtp
