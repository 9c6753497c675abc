// replies.json: how an admin's rules go with the shipped ones, and what is told about bad ones.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/embedded.hpp"
#include "config/replies_json.hpp"
#include "unit/config/config_folder.hpp"

namespace greyhound::config {
namespace {

using mail::ReplyClass;
using mail::ReplyRules;
using testing::HasSubstr;

const mail::ReplyRule* rule_for(const ReplyRules& rules, const std::string& text) {
  const mail::ReplyWords words(std::vector<std::string>{text});
  return rules.find({.code = 451, .status = {}, .stage = mail::Stage::rcpt, .words = words});
}

std::string problems_of(std::string_view text) {
  return all_of(load_text("replies.json", text).problems);
}

TEST(Replies, OfTheConfigurationFolderGoBeforeTheShippedOnes) {
  const auto loaded = load_text("replies.json", R"({ "rules": [
      // what they say when they mean the other thing
      { "name": "our partner", "class": "greylist", "text": "mailbox full" } ]})");

  EXPECT_EQ(all_of(loaded.problems), "");
  const auto& rules = *loaded.settings.retry.reply_rules;
  EXPECT_EQ(rule_for(rules, "Mailbox full")->name, "our partner");
  EXPECT_EQ(rule_for(rules, "Too many connections")->reply_class, ReplyClass::rate_limit);
  EXPECT_EQ(loaded.settings.smtp.reply_rules, loaded.settings.retry.reply_rules);
}

TEST(Replies, WithoutAFileAreReadByTheShippedRules) {
  ConfigFolder empty;

  const auto settings = load(empty.path()).settings;

  EXPECT_EQ(settings.retry.reply_rules, shipped_reply_rules());
  EXPECT_EQ(rule_for(*settings.retry.reply_rules, "Mailbox full")->reply_class,
            ReplyClass::mailbox_full);
}

TEST(Replies, OfTheProgramItselfAreGood) {
  Problems problems;

  const auto rules = read_reply_rules("replies.json", replies_defaults, problems);

  EXPECT_EQ(all_of(problems), "");
  EXPECT_GT(rules.size(), 40U);
}

TEST(Replies, HaveEveryConditionThatTheirRuleNames) {
  Problems problems;
  const auto rules = read_reply_rules("replies.json",
                                      R"({ "rules": [
      { "name": "x", "class": "tls", "suspect": true, "text": "a", "unless": [ "b" ],
        "names": [ "c" ], "code": "45*", "enhanced": [ "4.7.*", "none" ],
        "stage": [ "connect", "rcpt" ] } ]})",
                                      problems);

  EXPECT_EQ(all_of(problems), "");
  ASSERT_EQ(rules.size(), 1U);
  EXPECT_EQ(rules[0].name, "x");
  EXPECT_EQ(rules[0].reply_class, ReplyClass::tls);
  EXPECT_TRUE(rules[0].suspects);
  EXPECT_EQ(rules[0].text, std::vector<std::string>{"a"});
  EXPECT_EQ(rules[0].unless, std::vector<std::string>{"b"});
  EXPECT_EQ(rules[0].names, std::vector<std::string>{"c"});
  EXPECT_EQ(rules[0].codes, std::vector<std::string>{"45*"});
  EXPECT_EQ(rules[0].statuses, (std::vector<std::string>{"4.7.*", "none"}));
  EXPECT_EQ(rules[0].stages,
            (std::vector{mail::Stage::connect, mail::Stage::greeting, mail::Stage::rcpt}));
}

TEST(Replies, SayWhatIsWrongAndWhere) {
  EXPECT_THAT(problems_of("{ \"rules\": [\n { \"name\": \"x\", \"class\": \"greylist\",\n"
                          "   \"text\": [ \"fine\", \"gre(y\" ] } ] }"),
              HasSubstr("replies.json:3: error: /rules/0/text/1: is no regular expression: "
                        "missing ): gre(y"));
  EXPECT_THAT(problems_of(R"({"rules": [{"name": "x", "class": "tls", "unless": "a\\1"}]})"),
              HasSubstr("/rules/0/unless: is no regular expression"));
  EXPECT_THAT(problems_of(R"({"rules": [{"name": "x", "class": "gray"}]})"),
              HasSubstr("/rules/0/class"));
  EXPECT_THAT(problems_of(R"({"rules": [{"name": "x", "class": "tls"},
                                        {"name": "x", "class": "tls"}]})"),
              HasSubstr("/rules/1/name: is \"x\", like a rule before it"));
  EXPECT_THAT(problems_of(R"({"rules": [{"name": "x", "class": "tls", "enhanced": "4.7"}]})"),
              HasSubstr("/rules/0/enhanced: is \"4.7\", must be an enhanced code"));
  EXPECT_THAT(problems_of(R"({"rules": [{"name": "x", "class": "tls", "texts": "a"}]})"),
              HasSubstr("did you mean \"text\"?"));
}

}  // namespace
}  // namespace greyhound::config
