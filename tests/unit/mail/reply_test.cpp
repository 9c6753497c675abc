#include "mail/reply.hpp"

#include <gtest/gtest.h>

#include "mail/glob.hpp"

namespace greyhound::mail {
namespace {

TEST(EnhancedStatus, ReadsOnlyWellFormedCodes) {
  EXPECT_EQ(EnhancedStatus::parse("4.7.1")->to_string(), "4.7.1");
  EXPECT_EQ(EnhancedStatus::parse("5.1.10")->detail(), 10);
  for (const auto* text :
       {"", "4.7", "4.7.", "4.07.1", "3.1.1", "4.7.1000", "4.7.1 ", "44.7.1", "4.7.x"}) {
    EXPECT_FALSE(EnhancedStatus::parse(text)) << text;
  }
}

TEST(Reply, CutsTheStatusOffEveryLine) {
  const auto reply = make_reply(451, {"4.7.1 Greylisted", "4.7.1 come back", "later"});

  EXPECT_EQ(reply.status->to_string(), "4.7.1");
  EXPECT_EQ(reply.text(), "Greylisted come back later");
  EXPECT_EQ(reply.to_string(), "451 4.7.1 Greylisted come back later");
  EXPECT_EQ(reply.to_lines(), "451-4.7.1 Greylisted\n451-4.7.1 come back\n451 4.7.1 later");
}

TEST(Reply, DoesNotBelieveAStatusOfAnotherClass_Line100) {
  const auto reply = make_reply(550, {"4.7.1 contradiction"});

  EXPECT_FALSE(reply.status);
  EXPECT_EQ(reply.text(), "4.7.1 contradiction");
}

TEST(Glob, StarsMatchAnyRunInEitherCase) {
  EXPECT_TRUE(matches_glob("*.Example", "mail.example"));
  EXPECT_FALSE(matches_glob("*.x", "x"));
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("45?", "451"));
  EXPECT_TRUE(matches_glob("*grey*list*", "you are greylisted"));
  EXPECT_FALSE(matches_glob("a*b", "abc"));
  EXPECT_FALSE(matches_glob("", "a"));
  EXPECT_TRUE(matches_any({}, "anything"));
  EXPECT_FALSE(matches_any({"a", "b"}, "c"));
}

}  // namespace
}  // namespace greyhound::mail
