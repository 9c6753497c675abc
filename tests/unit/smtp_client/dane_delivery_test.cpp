// From a domain to delivered mail, by signed zones on a real DNS server, our own validation and a
// server with TLS.
#include <gmock/gmock.h>

#include "peers/scripted_receiver.hpp"
#include "peers/signed_zones.hpp"
#include "smtp_client/dns/make_resolver.hpp"
#include "unit/smtp_client/courier_fixture.hpp"

namespace greyhound::smtp {
namespace {

using mail::Verdict;
using peers::Authority;
using peers::ScriptedReceiver;
using peers::tlsa_of;
using peers::to_zone_text;
using peers::Zone;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* promise = "250-mx.test\r\n250 REQUIRETLS\r\n";

class DaneDeliveryTest : public CourierTest {
 protected:
  static void SetUpTestSuite() {
    using Signing = Zone::Signing;
    const auto right = host_with(tlsa_of("3 1 1", certificate.chain));
    const auto wrong = host_with(tlsa_of("3 1 1", authority.issue("mx").chain));
    const auto of_the_web = host_with(tlsa_of("1 1 1", certificate.chain));
    const auto of_authority = host_with(tlsa_of("2 1 1", authority.pem()));
    zones = peers::SignedZones::start(
        {{"right.test", {.records = right}},
         {"wrong.test", {.records = wrong}},
         {"web.test", {.records = of_the_web}},
         {"none.test", {.records = "@ IN MX 10 mx\nmx IN A 127.0.0.1\n"}},
         {"named.test", {.records = of_authority}},
         {"alias.test", {.records = "@ IN MX 10 mx\nmx IN CNAME mx.right.test.\n"}},
         {"both.test", {.records = "@ IN MX 10 mx.wrong.test.\n@ IN MX 20 mx.right.test.\n"}},
         {"elsewhere.test", {.records = "@ IN MX 10 mx.right.test.\n", .signing = Signing::none}},
         {"plain.test", {.records = wrong, .signing = Signing::none}},
         {"bogus.test", {.records = right, .signing = Signing::other_parent}},
         {"beside.test", {.records = "@ IN MX 10 mx.expired.test.\n"}},
         {"expired.test", {.records = right, .signing = Signing::expired}}},
        why_not);
  }
  static void TearDownTestSuite() { zones.reset(); }

  void SetUp() override {
    if (!zones) GTEST_SKIP() << why_not;
    const DnsSettings validating{.servers = {zones->endpoint()},
                                 .trust_anchor = zones->trust_anchor()};
    auto made = make_resolver(loop(), validating, clock, random);
    ASSERT_TRUE(made) << made.error().what;
    dns = std::move(*made);
    settings.port = receiver.endpoint().port;
  }

  void TearDown() override { dns.reset(); }  // before the loop

  // At every port.
  static std::string host_with(const mail::TlsaRecord& record) {
    return "@ IN MX 10 mx\nmx IN A 127.0.0.1\n*._tcp.mx IN TLSA " + to_zone_text(record) + "\n";
  }

  // What became of a message to that domain: "delivered" and the terms of TLS, or why not.
  std::string deliver_to(const std::string& domain, mail::TlsWish wish = mail::TlsWish::as_usual) {
    auto located = locate(domain, wish);
    if (const auto* none = std::get_if<mail::NoSite>(&located)) {
      return std::string(to_string(none->outcome.verdict)) + " " + none->outcome.to_string();
    }
    auto request = a_request({"b@" + domain});
    request.tls_wish = wish;
    const auto report = run_attempt(std::move(request), std::get<mail::Site>(located));
    const bool is_delivered = report.outcomes[0].verdict == Verdict::delivered;
    return is_delivered ? "delivered " + report.tls : said(report)[0];
  }

  static inline const Authority authority;
  static inline const peers::Certificate certificate = authority.issue("mx.named.test");
  static inline std::unique_ptr<peers::SignedZones> zones;
  static inline std::string why_not;
  ScriptedReceiver receiver{
      peers::Script{.replies = {{"EHLO", {"250-mx.test\r\n250 STARTTLS\r\n", promise}}},
                    .certificate = certificate}};
  runtime::SystemClock clock;
  Random random{11};
};

TEST_F(DaneDeliveryTest, DeliversWhereTheCertificateIsTheSignedOne) {
  EXPECT_THAT(deliver_to("right.test"), EndsWith(", DANE 3 1 1"));
  EXPECT_THAT(deliver_to("named.test"), EndsWith(", DANE 2 1 1"));
  EXPECT_EQ(receiver.heard(2)[0].server_name, "mx.right.test");
}

TEST_F(DaneDeliveryTest, DeliversToAHostThatIsAnAlias_Line130And135) {
  EXPECT_THAT(deliver_to("alias.test"), EndsWith(", DANE 3 1 1"));
  EXPECT_EQ(receiver.heard(1)[0].server_name, "mx.right.test");
}

TEST_F(DaneDeliveryTest, DeliversByASignedHostOfAnUnsignedDomainAndSaysSo_Line129) {
  EXPECT_THAT(deliver_to("elsewhere.test"), EndsWith(", DANE 3 1 1, MX not signed"));
}

TEST_F(DaneDeliveryTest, DeliversEncryptedWhereNothingIsSignedOrDemanded) {
  for (const auto* domain : {"plain.test", "none.test", "web.test"}) {
    EXPECT_THAT(deliver_to(domain), AllOf(StartsWith("delivered TLS"), Not(HasSubstr("DANE"))));
  }
}

TEST_F(DaneDeliveryTest, DefersWhereTheCertificateIsNotTheSignedOne) {
  EXPECT_EQ(deliver_to("wrong.test"),
            "deferred tls 4.7.5 mx.wrong.test: TLS: no TLSA record of mx.wrong.test matches the "
            "certificate");
}

TEST_F(DaneDeliveryTest, GoesOnToTheHostThatProvesItself) {
  EXPECT_THAT(deliver_to("both.test"), EndsWith(", DANE 3 1 1"));
  EXPECT_THAT(receiver.heard(2), SizeIs(2));
}

TEST_F(DaneDeliveryTest, DeliversMailThatNeedsNoTlsEncryptedToWhomeverIsThere_Line156) {
  EXPECT_THAT(deliver_to("wrong.test", mail::TlsWish::not_required),
              AllOf(StartsWith("delivered TLS"), Not(HasSubstr("DANE"))));
}

TEST_F(DaneDeliveryTest, TakesSignedNamesForEnoughWhereTlsIsRequired_Line151) {
  EXPECT_THAT(deliver_to("right.test", mail::TlsWish::required), EndsWith(", DANE 3 1 1"));
  EXPECT_THAT(receiver.heard(1).at(0).bytes, HasSubstr("MAIL FROM:<a@s.example> REQUIRETLS\r\n"));
}

TEST_F(DaneDeliveryTest, CallsNobodyForAnUnsignedDomainWhereTlsIsRequired_Line152) {
  EXPECT_THAT(deliver_to("elsewhere.test", mail::TlsWish::required),
              StartsWith("refused tls 5.7.30 mx.right.test: neither signed MX records nor "));
}

TEST_F(DaneDeliveryTest, DefersWithoutAConnectionWhereTheDnsIsBogus_Line127) {
  EXPECT_THAT(deliver_to("bogus.test"), StartsWith("deferred 4.4.3 MX of bogus.test: bogus: "));
  EXPECT_THAT(deliver_to("beside.test"),
              AllOf(StartsWith("deferred 4.4.3 "), HasSubstr("mx.expired.test: bogus: ")));
}

TEST_F(DaneDeliveryTest, LooksAtNoRecordWhereDaneIsOff) {
  settings.tls.dane = false;

  EXPECT_THAT(deliver_to("wrong.test"), AllOf(StartsWith("delivered "), Not(HasSubstr("DANE"))));
}

}  // namespace
}  // namespace greyhound::smtp
