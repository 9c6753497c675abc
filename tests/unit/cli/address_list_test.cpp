#include "cli/address_list.hpp"

#include <gtest/gtest.h>

namespace greyhound::cli {
namespace {

struct Case {
  const char* list;
  std::vector<std::string> mailboxes;
};

TEST(MailboxesIn, ReadsEveryFormThatMailCarries) {
  const std::vector<Case> cases{
      {"", {}},
      {" , ,", {}},
      {"a@x.example", {"a@x.example"}},
      {"root", {"root"}},
      {"a@x.example, b@y.example\r\n\t,c@z.example", {"a@x.example", "b@y.example", "c@z.example"}},
      {"Ann Example <a@x.example>", {"a@x.example"}},
      {"\"Example, Ann\" <a@x.example>, b@y.example", {"a@x.example", "b@y.example"}},
      {"\"a b\"@x.example", {"\"a b\"@x.example"}},
      {"<\"a,b>\"@x.example>", {"\"a,b>\"@x.example"}},
      {"a@x.example (Ann, (the) \\) first), b@y.example", {"a@x.example", "b@y.example"}},
      {"friends: a@x.example, Bob <b@y.example>;, c@z.example",
       {"a@x.example", "b@y.example", "c@z.example"}},
      {"undisclosed-recipients:;", {}},
      {"\"one: two\": Ann (the; first) <a@x.example> (or, so);", {"a@x.example"}},
      {"<@relay.example,@other.example:a@x.example>", {"a@x.example"}},
      {"a @ x . example", {"a@x.example"}},
      {"a@[IPv6:2001:db8::1], <b@[192.0.2.1]>", {"a@[IPv6:2001:db8::1]", "b@[192.0.2.1]"}},
  };

  for (const auto& [list, mailboxes] : cases) {
    const auto read = mailboxes_in(list);

    ASSERT_TRUE(read) << list << ": " << read.error().what;
    EXPECT_EQ(*read, mailboxes) << list;
  }
}

TEST(MailboxesIn, GuessesNothing) {
  for (const auto* const list : {"Ann Example",
                                 "Ann <a@x.example",
                                 "a@x.example>",
                                 "\"Ann <a@x.example>",
                                 "(Ann <a@x.example>",
                                 "<a@x.example> <b@x.example>",
                                 "<a@x.example> b@y.example",
                                 "Ann <a@x.example> \"Example\"",
                                 "<>",
                                 "a; b",
                                 "one: two: a@x.example;",
                                 "a@[192.0.2.1"}) {
    EXPECT_FALSE(mailboxes_in(list)) << list;
  }
}

TEST(MailboxesIn, IsNotLedIntoDepthByNestedComments) {
  EXPECT_FALSE(mailboxes_in(std::string(100'000, '(') + std::string(100'000, ')') + "a"));
}

}  // namespace
}  // namespace greyhound::cli
