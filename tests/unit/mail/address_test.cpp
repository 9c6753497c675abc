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

TEST(Address, RefusesWhatCannotStandInAnEnvelope_Line167) {
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

TEST(Address, TakesUtf8AndKeepsItAsItCame) {
  const auto address = Address::parse(
      "J\xc3\xbcrgen@B\xc3\x9c"
      "CHER.Example");

  ASSERT_TRUE(address);
  EXPECT_EQ(address->text(),
            "J\xc3\xbcrgen@B\xc3\x9c"
            "CHER.Example");
  EXPECT_EQ(address->local_part(), "J\xc3\xbcrgen");
  EXPECT_FALSE(address->is_ascii());
  EXPECT_FALSE(address->has_ascii_domain());
  EXPECT_TRUE(Address::parse("\"j\xc3\xbcrgen m\"@d.example"));
}

TEST(Address, KnowsADomainOfULabelsByItsALabels_Line113) {
  struct Row {
    std::string mailbox;
    std::string domain;
  };
  for (const auto& [mailbox, domain] : std::vector<Row>{
           {"a@B\xc3\x9c"
            "CHER.example",
            "xn--bcher-kva.example"},
           {"a@b\xc3\xbc"
            "cher.example",
            "xn--bcher-kva.example"},
           {"a@bu\xcc\x88"
            "cher.example",
            "xn--bcher-kva.example"},             // not normalised
           {"a@fa\xc3\x9f.de", "xn--fa-hia.de"},  // kept apart from fass.de
           {"a@\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x80\x82jp", "xn--wgv71a119e.jp"},
           {"a@\xd7\x90.example", "xn--4db.example"},
           {"a@\xef\xbd\x85x.example", "ex.example"},  // full width
           {"a@XN--BCHER-KVA.example", "xn--bcher-kva.example"},
           {"a@xn--zzz--.x-y.example", ""},
           {"a@xn--99999999.example", "xn--99999999.example"}}) {
    const auto address = Address::parse(mailbox);
    EXPECT_EQ(address ? address->domain() : "", domain) << mailbox;
  }
}

TEST(Address, RefusesWhatIsNoDomainByTheRulesOfIdna) {
  for (const std::string domain : {"-\xc3\xbc.example",
                                   "\xc3\xbc-.example",
                                   "\xc3\xbc..example",
                                   ".\xc3\xbc",
                                   "\xc3\xbc.example.",
                                   "\xc3\xbc\xe3\x80\x82",  // an ideographic stop at the end
                                   "\xd7\x90"
                                   "1a.example",            // of two directions
                                   "\xe2\x98\x83.example",  // a symbol
                                   "ab--\xc3\xbc.example",
                                   "xn--\xc3\xbc.example",
                                   "\xcc\x88u.example",  // begins with a combining mark
                                   "\xc3\xbc x.example",
                                   "\xc3\xbc@x.example",
                                   "\xc3\xbc\xef\xbc\xa0x.example",  // a full-width @
                                   "\xc3\xbc/x.example",
                                   "[\xc3\xbc]",
                                   "\xc2\xad.example"}) {  // nothing but a soft hyphen
    EXPECT_FALSE(Address::parse("a@" + domain)) << domain;
  }
  std::string labels;
  for (int i = 0; i < 9; ++i)
    labels += "\xc3\xbc\xc3\xa4\xc3\xb6x.";
  EXPECT_TRUE(Address::parse("a@" + labels + "example"));
  EXPECT_FALSE(
      Address::parse("a@" + labels + labels + labels + "example"));  // as A-labels too long
  const std::string long_label(250, '\xc3');
  EXPECT_FALSE(Address::parse("a@" + long_label));
}

TEST(Address, RefusesLocalPartsThatAreNoTextOrWouldDriveAScreen) {
  for (const std::string local : {"a\xfc",
                                  "\xc0\xaf",
                                  "\xed\xa0\x80",
                                  "\xf4\x90\x80\x80",
                                  "a\xc2\x85"
                                  "b",  // next line
                                  "a\xe2\x80\xa8"
                                  "b",  // line separator
                                  "a\xe2\x80\xae"
                                  "b",                // right-to-left override
                                  "\"a\\\xc3\xbc\"",  // quoted-pair is for ASCII
                                  "\xc3\xbc.",
                                  "\xc3\xbc..a"}) {
    EXPECT_FALSE(Address::parse(local + "@d.example")) << local;
  }
  std::string of_64_octets;
  for (int i = 0; i < 32; ++i)
    of_64_octets += "\xc3\xbc";
  EXPECT_TRUE(Address::parse(of_64_octets + "@d.example"));
  EXPECT_FALSE(Address::parse(of_64_octets + "a@d.example"));
}

TEST(Address, AsksNoMoreOfAServerThanItsLocalPartDoes) {
  const auto plain = *Address::parse("Ann@Example.org");
  const auto domain_only = *Address::parse(
      "Ann@b\xc3\xbc"
      "cher.example");
  const auto both = *Address::parse(
      "J\xc3\xbcrgen@b\xc3\xbc"
      "cher.example");

  EXPECT_FALSE(plain.needs_smtp_utf8());
  EXPECT_EQ(plain.on_the_wire(), "Ann@Example.org");
  EXPECT_FALSE(domain_only.needs_smtp_utf8());
  EXPECT_EQ(domain_only.on_the_wire(), "Ann@xn--bcher-kva.example");
  EXPECT_TRUE(both.needs_smtp_utf8());
  EXPECT_EQ(both.on_the_wire(), both.text());
}

TEST(Address, IsRestoredAsItWasTakenWhateverIdnaSaysNow) {
  const auto address = Address::restore("a@\xe2\x98\x83.example", "xn--n3h.example");

  ASSERT_TRUE(address);
  EXPECT_EQ(address->text(), "a@\xe2\x98\x83.example");
  EXPECT_EQ(address->domain(), "xn--n3h.example");
  EXPECT_EQ(Address::restore("a@D.example", "ignored.example")->domain(), "d.example");
  EXPECT_EQ(Address::restore("a@[192.0.2.1]", "")->domain(), "[192.0.2.1]");
  EXPECT_FALSE(Address::restore("a@\xe2\x98\x83.example", ""));
  EXPECT_FALSE(Address::restore("a@\xe2\x98\x83.example", "[192.0.2.1]"));
  EXPECT_FALSE(Address::restore("\xfc@d.example", "d.example"));
}

TEST(ReversePath, IsWrittenInBrackets) {
  EXPECT_EQ(to_string(ReversePath{}), "<>");
  EXPECT_EQ(to_string(ReversePath{Address::parse("a@b.example")}), "<a@b.example>");
}

}  // namespace
}  // namespace greyhound::mail
