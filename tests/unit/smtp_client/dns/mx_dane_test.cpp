// Which hosts of a domain have to prove themselves by DANE, and by what.
#include <gmock/gmock.h>

#include "unit/smtp_client/dns/mx_fixture.hpp"

namespace greyhound::smtp {
namespace {

using mail::Dane;
using mail::TlsaRecord;
using mail::TlsLevel;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const TlsaRecord good{3, 1, 1, std::vector<std::uint8_t>(32, 1)};
const TlsaRecord of_the_web{1, 1, 1, std::vector<std::uint8_t>(32, 2)};

class MxDaneTest : public MxResolverTest {
 protected:
  // A signed domain with one signed host.
  MxDaneTest() {
    dns.add_mx("d.example", {{10, "mx1.example"}});
    dns.addresses = {{"mx1.example", {"192.0.2.1"}}};
    dns.signed_names = {"d.example", "mx1.example"};
  }

  void add_tlsa(const std::string& name, std::vector<TlsaRecord> records, bool is_secure = true) {
    dns.tlsa_answers[name] = {
        .status = DnsStatus::found, .records = std::move(records), .is_secure = is_secure};
  }
  void fail_tlsa(const std::string& name) {
    dns.tlsa_answers[name] = {.status = DnsStatus::failed, .reason = "TLSA: bogus: no keys"};
  }

  mail::Host first_host() { return site("d.example").hosts.at(0); }
};

TEST_F(MxDaneTest, HoldsASignedHostToItsRecords) {
  add_tlsa("_25._tcp.mx1.example", {good});

  const auto host = first_host();

  EXPECT_EQ(host.tls, TlsLevel::dane);
  EXPECT_EQ(host.dane,
            (Dane{.names = {"mx1.example", "d.example"}, .records = {good}, .is_mx_secure = true}));
}

TEST_F(MxDaneTest, VouchesForTheHostsOfASignedDomainAlone_Line151) {
  EXPECT_TRUE(first_host().is_vouched_for);

  clock.steady_now += SiteCache::lifetime;
  dns.signed_names = {"mx1.example"};
  EXPECT_FALSE(first_host().is_vouched_for);
}

TEST_F(MxDaneTest, HoldsMailThatNeedsNoTlsToNoRecords_Line156) {
  add_tlsa("_25._tcp.mx1.example", {good});
  wish = mail::TlsWish::not_required;

  EXPECT_EQ(first_host().tls, std::nullopt);
  EXPECT_THAT(dns.tlsa_questions, IsEmpty());

  wish = mail::TlsWish::as_usual;
  EXPECT_EQ(first_host().tls, TlsLevel::dane);
  wish = mail::TlsWish::not_required;
  EXPECT_EQ(first_host().tls, std::nullopt);  // from the cache
}

TEST_F(MxDaneTest, SendsMailThatNeedsNoTlsWhereNobodyKnowsTheRecords_Line156) {
  fail_tlsa("_25._tcp.mx1.example");
  wish = mail::TlsWish::not_required;

  EXPECT_EQ(first_host().name, "mx1.example");
}

TEST_F(MxDaneTest, AsksAtThePortInUse) {
  settings.port = 2525;
  add_tlsa("_2525._tcp.mx1.example", {good});

  EXPECT_EQ(first_host().tls, TlsLevel::dane);
}

TEST_F(MxDaneTest, AsksNothingAboutAHostWhoseAddressesAreNotSigned_Line128) {
  dns.signed_names = {"d.example"};
  fail_tlsa("_25._tcp.mx1.example");

  EXPECT_EQ(first_host().tls, std::nullopt);
  EXPECT_THAT(dns.tlsa_questions, IsEmpty());
}

TEST_F(MxDaneTest, DemandsNothingWhereThereAreNoRecordsOrNoneAreSigned) {
  EXPECT_EQ(first_host().tls, std::nullopt);

  clock.steady_now += SiteCache::lifetime;
  add_tlsa("_25._tcp.mx1.example", {good}, false);
  EXPECT_EQ(first_host().tls, std::nullopt);
}

TEST_F(MxDaneTest, DemandsEncryptionWhereNoRecordIsUsable_Line131And132) {
  add_tlsa("_25._tcp.mx1.example", {of_the_web});

  const auto host = first_host();

  EXPECT_EQ(host.tls, TlsLevel::require);
  EXPECT_EQ(host.dane, Dane{});
}

TEST_F(MxDaneTest, LeavesOutWhatIsNotUsableAndWhatIsTooMuch) {
  std::vector<TlsaRecord> many(50, good);
  many.insert(many.begin(), of_the_web);
  add_tlsa("_25._tcp.mx1.example", many);

  const auto host = first_host();

  EXPECT_THAT(host.dane.records, SizeIs(16));
  EXPECT_THAT(host.dane.records, testing::Each(good));
}

TEST_F(MxDaneTest, SkipsAHostOfWhoseRecordsNobodyKnows_Line127) {
  dns.add_mx("d.example", {{10, "mx1.example"}, {20, "mx2.example"}});
  dns.addresses["mx2.example"] = {"192.0.2.2"};
  fail_tlsa("_25._tcp.mx1.example");

  EXPECT_THAT(hosts("d.example"), ElementsAre("mx2.example"));
}

TEST_F(MxDaneTest, DefersWhereNoHostIsLeft_Line127) {
  fail_tlsa("_25._tcp.mx1.example");

  EXPECT_EQ(why_not("d.example"), "deferred 4.4.3 TLSA: bogus: no keys");
}

TEST_F(MxDaneTest, DoesNotRememberASiteWithAHostThatItSkipped) {
  dns.add_mx("d.example", {{10, "mx1.example"}, {20, "mx2.example"}});
  dns.addresses["mx2.example"] = {"192.0.2.2"};
  fail_tlsa("_25._tcp.mx1.example");
  EXPECT_THAT(hosts("d.example"), ElementsAre("mx2.example"));

  add_tlsa("_25._tcp.mx1.example", {good});

  EXPECT_THAT(hosts("d.example"), ElementsAre("mx1.example", "mx2.example"));
}

TEST_F(MxDaneTest, RemembersTheDemandsWithTheSite) {
  add_tlsa("_25._tcp.mx1.example", {good});
  first_host();

  const auto again = first_host();

  EXPECT_EQ(again.tls, TlsLevel::dane);
  EXPECT_EQ(again.dane.records, std::vector{good});
  EXPECT_THAT(dns.tlsa_questions, SizeIs(1));
}

TEST_F(MxDaneTest, StopsAskingAfterAFewFailuresAndUsesNoHostUnasked) {
  std::vector<MxRecord> records;
  for (std::uint16_t i = 0; i < 9; ++i) {
    const auto name = "mx" + std::to_string(i) + ".example";
    records.push_back({i, name});
    dns.addresses[name] = {"192.0.2.1"};
    dns.signed_names.insert(name);
    fail_tlsa("_25._tcp." + name);
  }
  dns.add_mx("d.example", records);
  dns.signed_names.erase("mx8.example");

  EXPECT_THAT(hosts("d.example"), ElementsAre("mx8.example"));
  EXPECT_THAT(dns.tlsa_questions, SizeIs(3));
}

TEST_F(MxDaneTest, AsksAboutAGoodHostHoweverManyOthersDoNotResolve) {
  dns.add_mx("d.example",
             {{10, "mx1.example"}, {20, "b.example"}, {30, "c.example"}, {40, "e.example"}});
  dns.broken = {"b.example", "c.example", "e.example"};
  add_tlsa("_25._tcp.mx1.example", {good});

  EXPECT_EQ(first_host().tls, TlsLevel::dane);
}

TEST_F(MxDaneTest, LooksFirstAtWhatTheHostIsAnAliasOf_Line130) {
  dns.aliases = {{"mx1.example", "real.example"}};
  add_tlsa("_25._tcp.real.example", {good});
  add_tlsa("_25._tcp.mx1.example", {of_the_web});

  EXPECT_THAT(first_host().dane.names, ElementsAre("real.example", "d.example"));
}

TEST_F(MxDaneTest, LooksAtTheNameOfTheMxWhereTheAliasLeadsToNoRecords_Line130) {
  dns.aliases = {{"mx1.example", "real.example"}};
  add_tlsa("_25._tcp.mx1.example", {good});

  EXPECT_THAT(first_host().dane.names, ElementsAre("mx1.example", "d.example"));
  EXPECT_THAT(dns.tlsa_questions, ElementsAre("_25._tcp.real.example", "_25._tcp.mx1.example"));
}

TEST_F(MxDaneTest, ProtectsASignedHostOfAnUnsignedDomainUnderItsOwnNameOnly_Line129) {
  dns.signed_names = {"mx1.example"};
  add_tlsa("_25._tcp.mx1.example", {good});

  const auto host = first_host();

  EXPECT_EQ(host.tls, TlsLevel::dane);
  EXPECT_EQ(host.dane, (Dane{.names = {"mx1.example"}, .records = {good}, .is_mx_secure = false}));
}

TEST_F(MxDaneTest, ProtectsADomainThatIsItsOwnHost) {
  dns.addresses["own.example"] = {"2001:db8::1"};
  dns.signed_names.insert("own.example");
  add_tlsa("_25._tcp.own.example", {good});

  const auto host = site("own.example").hosts.at(0);

  EXPECT_EQ(host.dane, (Dane{.names = {"own.example"}, .records = {good}, .is_mx_secure = true}));
}

TEST_F(MxDaneTest, AsksNothingWhereTheSettingsWantNoDaneOrAnotherProof) {
  add_tlsa("_25._tcp.mx1.example", {good});
  const auto asks_with = [this](TlsLevel level, bool dane) {
    settings.tls = {.level = level, .dane = dane};
    clock.steady_now += SiteCache::lifetime;
    return first_host().tls.has_value();
  };

  EXPECT_TRUE(asks_with(TlsLevel::opportunistic, true));
  EXPECT_TRUE(asks_with(TlsLevel::require, true));
  EXPECT_FALSE(asks_with(TlsLevel::opportunistic, false));
  EXPECT_FALSE(asks_with(TlsLevel::none, true));
  EXPECT_FALSE(asks_with(TlsLevel::verify, true));
}

TEST_F(MxDaneTest, LeavesRoutesToTheirOwnLevel) {
  settings.routes = {{.domains = {}, .senders = {}, .next_hops = {{.host = "mx1.example"}}}};
  add_tlsa("_25._tcp.mx1.example", {good});

  EXPECT_EQ(first_host().tls, std::nullopt);
  EXPECT_THAT(dns.tlsa_questions, IsEmpty());
}

}  // namespace
}  // namespace greyhound::smtp
