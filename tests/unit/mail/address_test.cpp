#include "mail/address.hpp"

#include <string>

#include <gtest/gtest.h>

namespace greyhound::mail {
namespace {

TEST(Address, KeepsItsTextAndLowersItsDomain) {
  const auto address = Address::parse("Ann.O'Neil+tag@Example.ORG");

  ASSERT_TRUE(address);
  EXPECT_EQ(address->text(), "Ann.O'Neil+tag@Example.ORG");
  EXPECT_EQ(address->local_part(), "Ann.O'Neil+tag");
  EXPECT_EQ(address->domain(), "example.org");
}

TEST(Address, TakesQuotedLocalPartsAndAddressLiterals) {
  EXPECT_EQ(Address::parse("\"a b@c\"@example.org")->domain(), "example.org");
  EXPECT_EQ(Address::parse("\"a\\\"b\"@example.org")->local_part(), "\"a\\\"b\"");
  EXPECT_TRUE(Address::parse("a@[192.0.2.1]")->is_literal());
  EXPECT_TRUE(Address::parse("a@[IPv6:2001:db8::1]"));
}

TEST(Address, RefusesWhatCannotStandInAnEnvelope) {
  const auto long_local = std::string(65, 'a') + "@example.org";
  const auto long_label = "a@" + std::string(64, 'b') + ".org";
  for (const auto& text : {std::string(),
                           std::string("a"),
                           std::string("@example.org"),
                           std::string("a@"),
                           std::string("a@b@c"),
                           std::string("a b@example.org"),
                           std::string(".a@example.org"),
                           std::string("a..b@example.org"),
                           std::string("a@-example.org"),
                           std::string("a@example.org."),
                           std::string("a@example..org"),
                           std::string("a@[1.2.3]"),
                           std::string("a@[::1]"),
                           std::string("a@[IPv6:1.2.3.4]"),
                           std::string("\"a@example.org"),
                           std::string("a\r\n@example.org"),
                           std::string("a\0b@example.org", 15),
                           std::string("\"a\n\"@example.org"),
                           std::string("<a@example.org>"),
                           long_local,
                           long_label}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
}

TEST(ReversePath, IsWrittenInBrackets) {
  EXPECT_EQ(to_string(ReversePath{}), "<>");
  EXPECT_EQ(to_string(ReversePath{Address::parse("a@b.example")}), "<a@b.example>");
}

}  // namespace
}  // namespace greyhound::mail
