// DANE: what a server must show where signed TLSA records say what its certificate is.
#include <gmock/gmock.h>

#include "peers/certificate.hpp"
#include "peers/scripted_receiver.hpp"
#include "unit/smtp_client/courier_fixture.hpp"

namespace greyhound::smtp {
namespace {

using mail::Stage;
using mail::TlsaRecord;
using mail::TlsLevel;
using mail::Verdict;
using peers::Authority;
using peers::Certificate;
using peers::Script;
using peers::ScriptedReceiver;
using peers::tlsa_of;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class TlsDaneTest : public CourierTest {
 protected:
  mail::AttemptReport send(const ScriptedReceiver& receiver,
                           std::vector<TlsaRecord> records,
                           std::vector<std::string> names = {"mx1.test"}) {
    return run_attempt(a_request({"b@d.example"}),
                       site_with(receiver, std::move(records), std::move(names)));
  }

  static mail::Site site_with(const ScriptedReceiver& receiver,
                              std::vector<TlsaRecord> records,
                              std::vector<std::string> names = {"mx1.test"}) {
    auto site = site_at({receiver.endpoint()});
    site.hosts[0].tls = TlsLevel::dane;
    site.hosts[0].dane = {
        .names = std::move(names), .records = std::move(records), .is_mx_secure = true};
    return site;
  }

  static Script serving(const Certificate& certificate) { return {.certificate = certificate}; }

  static constexpr const char* no_match =
      "deferred tls 4.7.5 mx1.test: TLS: no TLSA record of mx1.test matches the certificate";

  const Authority authority;
  const Certificate certificate = authority.issue("mx1.test");
  const Certificate other = authority.issue("mx1.test");
};

TEST_F(TlsDaneTest, AcceptsTheCertificateThatARecordNames) {
  for (const std::string fields : {"3 1 1", "3 0 1", "3 1 2", "3 0 2", "3 1 0", "3 0 0"}) {
    ScriptedReceiver receiver(serving(certificate));

    const auto report = send(receiver, {tlsa_of(fields, certificate.chain)});

    EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered) << fields;
    EXPECT_THAT(report.tls, StartsWith("TLSv1.3 TLS_")) << fields;
    EXPECT_THAT(report.tls, EndsWith(", DANE " + fields)) << fields;
  }
}

TEST_F(TlsDaneTest, AcceptsACertificateOfTheAuthorityThatARecordNames) {
  for (const std::string fields : {"2 0 1", "2 1 1", "2 1 2", "2 0 0"}) {
    ScriptedReceiver receiver(serving(certificate));

    const auto report = send(receiver, {tlsa_of(fields, authority.pem())});

    EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered) << fields;
    EXPECT_THAT(report.tls, EndsWith(", DANE " + fields)) << fields;
  }
}

TEST_F(TlsDaneTest, GivesNoMailToAServerThatNoRecordMatches_Line131) {
  const Authority stranger;
  const auto mismatches = {tlsa_of("3 1 1", other.chain),
                           tlsa_of("3 0 1", other.chain),
                           tlsa_of("2 0 1", stranger.pem()),
                           tlsa_of("2 1 1", stranger.pem())};
  for (const auto& record : mismatches) {
    ScriptedReceiver receiver(serving(certificate));

    const auto report = send(receiver, {record});

    EXPECT_THAT(said(report), ElementsAre(no_match));
    const auto heard = receiver.heard(1);
    EXPECT_THAT(heard, SizeIs(1));
    EXPECT_THAT(heard[0].commands, ElementsAre("EHLO mail.example.org", "STARTTLS"));
  }
}

TEST_F(TlsDaneTest, AcceptsOneGoodRecordBesideABadOne) {
  ScriptedReceiver receiver(serving(certificate));

  const auto report =
      send(receiver, {tlsa_of("3 1 1", other.chain), tlsa_of("3 1 1", certificate.chain)});

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
}

// RFC 7671 section 9: an old digest that somebody can forge is worth nothing beside a new one.
TEST_F(TlsDaneTest, LooksAtTheStrongestDigestOnly_Line136) {
  ScriptedReceiver receiver(serving(certificate));

  const auto report =
      send(receiver, {tlsa_of("3 1 2", other.chain), tlsa_of("3 1 1", certificate.chain)});

  EXPECT_THAT(said(report), ElementsAre(no_match));
}

TEST_F(TlsDaneTest, AsksTheCertificateItselfForNeitherNameNorDate_Line133) {
  for (const auto& shown : {authority.issue("other.test"), authority.issue_stale("mx1.test")}) {
    ScriptedReceiver receiver(serving(shown));

    const auto report = send(receiver, {tlsa_of("3 1 1", shown.chain)});

    EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  }
}

TEST_F(TlsDaneTest, AsksACertificateOfANamedAuthorityForNameAndDate_Line134) {
  ScriptedReceiver elsewhere(serving(authority.issue("other.test")));
  ScriptedReceiver stale(serving(authority.issue_stale("mx1.test")));
  const auto records = {tlsa_of("2 1 1", authority.pem())};

  EXPECT_THAT(said(send(elsewhere, records)),
              ElementsAre("deferred tls 4.7.5 mx1.test: TLS: certificate: hostname mismatch"));
  EXPECT_THAT(
      said(send(stale, records)),
      ElementsAre("deferred tls 4.7.5 mx1.test: TLS: certificate: certificate has expired"));
}

TEST_F(TlsDaneTest, AsksForTheBaseDomainAndTakesTheDomainOfTheMailAsWell_Line134And135) {
  const auto records = {tlsa_of("2 1 1", authority.pem())};
  ScriptedReceiver base(serving(authority.issue("real.test")));
  ScriptedReceiver domain(serving(authority.issue("d.example")));
  ScriptedReceiver alias(serving(authority.issue("mx1.test")));

  const auto for_base = send(base, records, {"real.test", "d.example"});
  const auto for_domain = send(domain, records, {"real.test", "d.example"});
  const auto for_alias = send(alias, records, {"real.test", "d.example"});

  EXPECT_EQ(for_base.outcomes[0].verdict, Verdict::delivered);
  EXPECT_EQ(for_domain.outcomes[0].verdict, Verdict::delivered);
  EXPECT_EQ(for_alias.outcomes[0].verdict, Verdict::deferred);
  EXPECT_EQ(base.heard(1)[0].server_name, "real.test");
}

// What names an authority of the web says nothing about mail.
TEST_F(TlsDaneTest, LooksAtNoRecordOfTheOtherUsages_Line132) {
  ScriptedReceiver receiver(serving(certificate));

  const auto report =
      send(receiver, {tlsa_of("1 1 1", certificate.chain), tlsa_of("3 1 1", other.chain)});

  EXPECT_THAT(said(report), ElementsAre(no_match));
}

TEST_F(TlsDaneTest, DemandsNoMoreThanEncryptionWhereOpensslUnderstandsNoRecord) {
  ScriptedReceiver encrypting(serving(certificate));
  ScriptedReceiver bare(Script{});
  const TlsaRecord no_certificate{3, 0, 0, {1, 2, 3}};

  const auto report = send(encrypting, {no_certificate});

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  EXPECT_THAT(report.tls, testing::Not(HasSubstr("DANE")));
  EXPECT_EQ(send(bare, {no_certificate}).outcomes[0].verdict, Verdict::deferred);
}

TEST_F(TlsDaneTest, GivesNoMailToAServerWithoutStarttls_Line124) {
  ScriptedReceiver receiver(Script{});

  EXPECT_THAT(said(send(receiver, {tlsa_of("3 1 1", certificate.chain)})),
              ElementsAre("deferred tls 4.7.10 mx1.test: does not offer STARTTLS, which its TLSA "
                          "records demand"));
}

TEST_F(TlsDaneTest, GoesOnToTheNextHostAndNeverInTheClear) {
  ScriptedReceiver wrong(serving(certificate));
  ScriptedReceiver right(serving(certificate));
  auto site = site_at({wrong.endpoint(), right.endpoint()});
  for (auto& host : site.hosts)
    host.tls = TlsLevel::dane;
  site.hosts[0].dane = {.names = {"mx1.test"}, .records = {tlsa_of("3 1 1", other.chain)}};
  site.hosts[1].dane = {.names = {"mx2.test"}, .records = {tlsa_of("3 1 1", certificate.chain)}};

  const auto report = run_attempt(a_request({"b@d.example"}), site);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  EXPECT_EQ(report.host, "mx2.test");
  EXPECT_THAT(wrong.heard(1), SizeIs(1));
}

TEST_F(TlsDaneTest, AnAddressWhoseTlsBrokeIsStillAskedForIt) {
  auto breaking = serving(certificate);
  breaking.hangs_up_after = {"STARTTLS"};
  ScriptedReceiver receiver({breaking, Script{}, serving(certificate)});
  run_attempt(a_request({"b@d.example"}), site_at({receiver.endpoint()}));  // goes in the clear

  const auto report = send(receiver, {tlsa_of("3 1 1", certificate.chain)});

  EXPECT_THAT(report.tls, EndsWith(", DANE 3 1 1"));
}

TEST_F(TlsDaneTest, SaysWhereTheWayToTheHostWasNotSigned_Line129) {
  ScriptedReceiver receiver(serving(certificate));
  auto site = site_with(receiver, {tlsa_of("3 1 1", certificate.chain)});
  site.hosts[0].dane.is_mx_secure = false;

  const auto report = run_attempt(a_request({"b@d.example"}), site);

  EXPECT_THAT(report.tls, EndsWith(", DANE 3 1 1, MX not signed"));
}

TEST_F(TlsDaneTest, ResumesASessionThatTheSameRecordsVerified) {
  ScriptedReceiver receiver(serving(certificate));
  const auto records = {tlsa_of("3 1 1", certificate.chain)};
  send(receiver, records);

  const auto report = send(receiver, records);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  EXPECT_THAT(report.tls, EndsWith(", DANE resumed"));
  EXPECT_TRUE(receiver.heard(2)[1].is_resumed);
}

TEST_F(TlsDaneTest, ResumesNoSessionThatOtherRecordsOrNoneVerified_Line146) {
  ScriptedReceiver receiver(serving(certificate));
  auto unverified = site_at({receiver.endpoint()});
  run_attempt(a_request({"b@d.example"}), unverified);
  send(receiver, {tlsa_of("3 1 1", certificate.chain)});

  const auto report = send(receiver, {tlsa_of("3 1 1", other.chain)});

  EXPECT_THAT(said(report), ElementsAre(no_match));
  EXPECT_FALSE(receiver.heard(2)[1].is_resumed);
}

}  // namespace
}  // namespace greyhound::smtp
