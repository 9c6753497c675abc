// Validation by libunbound, against signed zones on a real server.
#include <fstream>

#include <gmock/gmock.h>

#include "smtp_client/dns/unbound_resolver.hpp"
#include "unit/smtp_client/dns/signed_dns_fixture.hpp"

namespace greyhound::smtp {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

class UnboundDnssecTest : public SignedDnsTest {
 protected:
  void SetUp() override {
    SignedDnsTest::SetUp();
    if (zones) resolver = make(Dnssec::validate);
  }

  std::unique_ptr<Resolver> make(Dnssec dnssec) {
    const DnsSettings settings{.servers = {zones->endpoint()},
                               .dnssec = dnssec,
                               .trust_anchor = zones->trust_anchor(),
                               .timeout = std::chrono::seconds(5)};
    auto made = make_unbound_resolver(loop.get_executor(), settings, clock);
    EXPECT_TRUE(made) << made.error().what;
    return made ? std::move(*made) : nullptr;
  }

  std::string why_not_with_anchor(const std::filesystem::path& file) {
    const DnsSettings settings{.servers = {zones->endpoint()}, .trust_anchor = file};
    auto made = make_unbound_resolver(loop.get_executor(), settings, clock);
    return made ? "there is a resolver" : made.error().what;
  }

  std::unique_ptr<Resolver> resolver;
};

TEST_F(UnboundDnssecTest, KnowsWhatIsSigned) {
  const auto mx = run(resolver->mx("d.good.test"));
  const auto a = run(resolver->a("mx.good.test"));
  const auto tlsa = run(resolver->tlsa("_25._tcp.mx.good.test"));

  EXPECT_EQ(mx.status, DnsStatus::found) << mx.reason;
  EXPECT_TRUE(mx.is_secure);
  EXPECT_TRUE(a.is_secure);
  EXPECT_EQ(a.canonical, "mx.good.test");
  EXPECT_TRUE(tlsa.is_secure) << tlsa.reason;
  ASSERT_THAT(tlsa.records, SizeIs(2));
  const auto& first = tlsa.records[tlsa.records[0].usage == 3 ? 0 : 1];
  EXPECT_EQ(first.selector, 1);
  EXPECT_EQ(first.matching_type, 1);
  EXPECT_THAT(first.data, SizeIs(32));
}

TEST_F(UnboundDnssecTest, KnowsWhatIsNot) {
  const auto a = run(resolver->a("mx.plain.test"));
  const auto tlsa = run(resolver->tlsa("_25._tcp.mx.plain.test"));

  EXPECT_EQ(a.status, DnsStatus::found) << a.reason;
  EXPECT_FALSE(a.is_secure);
  EXPECT_EQ(tlsa.status, DnsStatus::found);
  EXPECT_FALSE(tlsa.is_secure);
}

TEST_F(UnboundDnssecTest, SaysWhatAnAliasStandsForAndThatAllOfTheWayMustBeSigned) {
  const auto inside = run(resolver->a("alias.good.test"));
  const auto outside = run(resolver->a("out.good.test"));

  EXPECT_EQ(inside.canonical, "mx.good.test");
  EXPECT_TRUE(inside.is_secure);
  EXPECT_EQ(outside.canonical, "mx.plain.test");
  EXPECT_FALSE(outside.is_secure);
}

TEST_F(UnboundDnssecTest, BelievesADenialThatIsSigned) {
  EXPECT_EQ(run(resolver->tlsa("_25._tcp.d.good.test")).status, DnsStatus::no_such_name);
  EXPECT_EQ(run(resolver->tlsa("mx.good.test")).status, DnsStatus::no_data);
}

TEST_F(UnboundDnssecTest, FailsForNowWhereDataIsBogusAndSaysWhy_Line127) {
  for (const std::string zone : {"other.test", "expired.test"}) {
    const auto a = run(resolver->a("mx." + zone));
    const auto tlsa = run(resolver->tlsa("_25._tcp.mx." + zone));
    const auto nothing = run(resolver->tlsa("_25._tcp.nothing." + zone));

    EXPECT_EQ(a.status, DnsStatus::failed) << zone;
    EXPECT_EQ(tlsa.status, DnsStatus::failed) << zone;
    EXPECT_EQ(nothing.status, DnsStatus::failed) << zone;
    EXPECT_FALSE(tlsa.is_secure);
    EXPECT_THAT(tlsa.records, SizeIs(0));
    EXPECT_THAT(tlsa.reason,
                AllOf(HasSubstr("TLSA of _25._tcp.mx." + zone + ": bogus: "), HasSubstr(zone)));
  }
  EXPECT_THAT(run(resolver->a("mx.expired.test")).reason, HasSubstr("expired"));
}

TEST_F(UnboundDnssecTest, LeavesAllUnjudgedWhereItIsOff) {
  const auto off = make(Dnssec::off);

  const auto good = run(off->tlsa("_25._tcp.mx.good.test"));
  const auto bogus = run(off->a("mx.other.test"));

  EXPECT_EQ(good.status, DnsStatus::found);
  EXPECT_FALSE(good.is_secure);
  EXPECT_EQ(bogus.status, DnsStatus::found);
  EXPECT_FALSE(bogus.is_secure);
}

// The root's own keys do not sign "test" here: nothing below can be shown to be right.
TEST_F(UnboundDnssecTest, HoldsAnswersAgainstTheShippedAnchorUnlessGivenAnother) {
  const DnsSettings settings{.servers = {zones->endpoint()}, .timeout = std::chrono::seconds(5)};
  auto made = make_unbound_resolver(loop.get_executor(), settings, clock);
  ASSERT_TRUE(made) << made.error().what;

  EXPECT_EQ(run((*made)->a("mx.good.test")).status, DnsStatus::failed);
}

TEST_F(UnboundDnssecTest, RefusesAFileWithoutAnAnchor) {
  const world::TempFolder folder;
  const auto file = folder.path() / "anchor";
  const auto with = [&](const std::string& text) {
    std::ofstream(file) << text;
    return why_not_with_anchor(file);
  };

  EXPECT_EQ(why_not_with_anchor("/nonexistent/anchor"),
            "dns: trust_anchor: /nonexistent/anchor: has no DS or DNSKEY record");
  EXPECT_THAT(with(""), HasSubstr("has no DS or DNSKEY record"));
  EXPECT_THAT(with("; . IN DS 1 8 2 00\n"), HasSubstr("has no DS or DNSKEY record"));
  EXPECT_EQ(with(". IN DS nonsense\n"),
            "dns: trust_anchor: " + file.string() + ": initialization failure");
}

}  // namespace
}  // namespace greyhound::smtp
