#include "mail/reply_rules.hpp"

#include <gtest/gtest.h>

namespace greyhound::mail {
namespace {

// The name of the rule that fits; "" for none.
std::string fitting(const std::vector<ReplyRule>& rules,
                    const std::string& text,
                    int code = 451,
                    std::optional<EnhancedStatus> status = {},
                    std::optional<Stage> stage = Stage::rcpt) {
  const ReplyRules compiled(rules);
  const ReplyWords words({text});
  const auto* rule =
      compiled.find({.code = code, .status = status, .stage = stage, .words = words});
  return rule == nullptr ? "" : rule->name;
}

TEST(ReplyRules, TheFirstThatFitsDecides) {
  const std::vector<ReplyRule> rules{{.name = "first", .text = {"full", "quota"}},
                                     {.name = "second", .text = {"mailbox"}},
                                     {.name = "last"}};

  EXPECT_EQ(fitting(rules, "Mailbox FULL"), "first");
  EXPECT_EQ(fitting(rules, "over Quota"), "first");
  EXPECT_EQ(fitting(rules, "mailbox busy"), "second");
  EXPECT_EQ(fitting(rules, ""), "last");
}

TEST(ReplyRules, DoNotFitWhereSomethingSpeaksAgainstThem) {
  const std::vector<ReplyRule> rules{{.name = "one", .text = {"list"}, .unless = {"mailing"}}};

  EXPECT_EQ(fitting(rules, "on our list"), "one");
  EXPECT_EQ(fitting(rules, "the mailing list"), "");
}

TEST(ReplyRules, LookAtCodeEnhancedCodeAndStage) {
  const EnhancedStatus status(EnhancedStatus::Class::transient, 7, 1);
  const std::vector<ReplyRule> by_code{{.name = "one", .codes = {"45*", "421"}}};
  const std::vector<ReplyRule> by_status{{.name = "one", .statuses = {"4.7.*"}}};
  const std::vector<ReplyRule> by_absence{{.name = "one", .statuses = {"none"}}};
  const std::vector<ReplyRule> by_stage{{.name = "one", .stages = {Stage::rcpt}}};

  EXPECT_EQ(fitting(by_code, "x", 450), "one");
  EXPECT_EQ(fitting(by_code, "x", 421), "one");
  EXPECT_EQ(fitting(by_code, "x", 550), "");
  EXPECT_EQ(fitting(by_code, "x", 0), "");
  EXPECT_EQ(fitting(by_status, "x", 451, status), "one");
  EXPECT_EQ(fitting(by_status, "x", 451), "");
  EXPECT_EQ(fitting(by_absence, "x", 451), "one");
  EXPECT_EQ(fitting(by_absence, "x", 451, status), "");
  EXPECT_EQ(fitting(by_stage, "x", 451, {}, Stage::rcpt), "one");
  EXPECT_EQ(fitting(by_stage, "x", 451, {}, Stage::eom), "");
  EXPECT_EQ(fitting(by_stage, "x", 451, {}, std::nullopt), "");
}

TEST(ReplyRules, LookForNamesInNamesOnlyAndForTextInTheRest) {
  const std::vector<ReplyRule> rules{{.name = "text", .text = {"grey"}},
                                     {.name = "names", .names = {"^bl[.]", "grey"}}};

  EXPECT_EQ(fitting(rules, "greylisted"), "text");
  EXPECT_EQ(fitting(rules, "see bl.example.org"), "names");
  EXPECT_EQ(fitting(rules, "see http://example.org/grey"), "names");
  EXPECT_EQ(fitting(rules, "<grey@example.org>: busy"), "");
  EXPECT_EQ(fitting(rules, "bl"), "");
}

TEST(ReplyRules, KnowWhatAnEnhancedCodeMayBeWrittenAs) {
  for (const auto* good : {"4.7.1", "4.7.*", "*.2.2", "*.*.*", "none"})
    EXPECT_TRUE(is_status_pattern(good)) << good;
  for (const auto* bad :
       {"", "4", "4.7", "4.7.1.2", "4.7.x", "4.7.1000", "4..1", "-4.7.1", "4.7.1 "})
    EXPECT_FALSE(is_status_pattern(bad)) << bad;
}

TEST(ReplyRules, WithoutAnyFitNothing) {
  EXPECT_EQ(fitting({}, "greylisted"), "");
}

}  // namespace
}  // namespace greyhound::mail
