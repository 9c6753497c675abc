// Mail whose sender demands TLS all the way, against servers with certificates made for the test.
#include <fstream>

#include <gmock/gmock.h>

#include "peers/certificate.hpp"
#include "peers/scripted_receiver.hpp"
#include "unit/smtp_client/courier_fixture.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::smtp {
namespace {

using mail::TlsLevel;
using peers::Authority;
using peers::Script;
using peers::ScriptedReceiver;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* demand = "MAIL FROM:<a@s.example> REQUIRETLS";
constexpr const char* plain = "MAIL FROM:<a@s.example>";

class RequiredTlsTest : public CourierTest {
 protected:
  RequiredTlsTest() {
    const auto ca_file = folder_.path() / "ca.pem";
    std::ofstream(ca_file) << authority.pem();
    settings.tls.ca_file = ca_file;
  }

  Script with_tls(const std::string& host, const std::string& keyword) const {
    return {.replies = {{"EHLO",
                         {"250-mx.test\r\n250-STARTTLS\r\n250 REQUIRETLS\r\n",
                          "250-mx.test\r\n250 " + keyword + "\r\n"}}},
            .certificate = authority.issue(host)};
  }
  Script promising(const std::string& host = "mx1.test") const {
    return with_tls(host, "REQUIRETLS");
  }
  Script silent(const std::string& host = "mx1.test") const { return with_tls(host, "DSN"); }

  // Hosts mx1.test, mx2.test, ... of a domain whose MX records are signed.
  static mail::Site signed_site(const std::vector<Endpoint>& endpoints) {
    auto site = site_at(endpoints);
    for (auto& host : site.hosts)
      host.is_vouched_for = true;
    return site;
  }

  mail::AttemptReport send(mail::Site site, mail::TlsWish wish = mail::TlsWish::required) {
    auto request = a_request({"b@d.example"});
    request.tls_wish = wish;
    return run_attempt(std::move(request), std::move(site));
  }
  mail::AttemptReport send_report(mail::Site site) {
    auto request = a_request({"b@d.example"});
    request.reverse_path = std::nullopt;
    request.tls_wish = mail::TlsWish::required;
    return run_attempt(std::move(request), std::move(site));
  }

  const Authority authority;

 private:
  const world::TempFolder folder_;
};

TEST_F(RequiredTlsTest, IsDemandedOfAHostThatProvesItsNameAndPromisesIt_Line151) {
  ScriptedReceiver receiver(promising());

  const auto report = send(signed_site({receiver.endpoint()}));

  EXPECT_THAT(said(report), ElementsAre("delivered eom 250 2.0.0 ok"));
  const auto heard = receiver.heard(1);
  EXPECT_THAT(heard[0].commands, Contains(demand));
  EXPECT_EQ(heard[0].commands_in_the_clear, 2U);
}

TEST_F(RequiredTlsTest, IsNotBelievedWhereItIsPromisedInTheClearAlone_Line151) {
  ScriptedReceiver receiver(silent());

  const auto report = send(signed_site({receiver.endpoint()}));

  EXPECT_THAT(said(report),
              ElementsAre("refused mail 5.7.30 mx1.test: does not promise TLS on the further way "
                          "(REQUIRETLS)"));
  EXPECT_THAT(receiver.heard(1)[0].body, IsEmpty());
}

TEST_F(RequiredTlsTest, GoesToTheNextHostWhereOneLacksIt_Line152) {
  ScriptedReceiver lacking(silent());
  ScriptedReceiver stranger(promising("other.test"));
  ScriptedReceiver bare(Script{});
  ScriptedReceiver good(promising("mx4.test"));

  const auto report = send(
      signed_site({lacking.endpoint(), stranger.endpoint(), bare.endpoint(), good.endpoint()}));

  EXPECT_THAT(said(report), ElementsAre("delivered eom 250 2.0.0 ok"));
  EXPECT_EQ(report.host, "mx4.test");
  EXPECT_EQ(lacking.heard(1)[0].commands.back(), "QUIT");
  EXPECT_EQ(bare.heard(1)[0].commands.back(), "QUIT");
}

TEST_F(RequiredTlsTest, FailsWhereNoHostOffersEncryption_Line153) {
  ScriptedReceiver bare(Script{});

  const auto report = send(signed_site({bare.endpoint()}));

  EXPECT_THAT(said(report), ElementsAre("refused tls 5.7.10 mx1.test: does not offer STARTTLS"));
}

TEST_F(RequiredTlsTest, WaitsWhileOneOfTheHostsMayYetDo_Line153) {
  ScriptedReceiver lacking(silent());
  ScriptedReceiver expired(Script{.certificate = authority.issue_stale("mx2.test")});

  const auto report = send(signed_site({lacking.endpoint(), expired.endpoint()}));

  EXPECT_THAT(said(report), ElementsAre(StartsWith("deferred tls 4.7.5 mx2.test: TLS: ")));
}

TEST_F(RequiredTlsTest, CallsNobodyWhomNobodyVouchesFor_Line152) {
  ScriptedReceiver receiver(promising("mx2.test"));
  auto site = site_at({receiver.endpoint(), receiver.endpoint()});

  EXPECT_THAT(said(send(site)), ElementsAre(StartsWith("refused tls 5.7.30 site: neither signed")));
  site.hosts[1].is_vouched_for = true;
  EXPECT_EQ(send(site).host, "mx2.test");

  EXPECT_THAT(receiver.heard(1), SizeIs(1));
}

// The receiver serves one connection at a time: a second one is not greeted.
TEST_F(RequiredTlsTest, GoesOverNoSessionWhoseHostHasProvedNothing_Line146) {
  settings.timeouts.greeting = std::chrono::milliseconds(200);
  ScriptedReceiver receiver(promising());
  const auto site = signed_site({receiver.endpoint()});

  keeps_sessions = true;
  EXPECT_THAT(said(send(site, mail::TlsWish::as_usual)), ElementsAre("delivered eom 250 2.0.0 ok"));
  EXPECT_THAT(said(send(site)), ElementsAre(StartsWith("deferred connect 4.4.2 mx1.test: ")));
  let_go();

  EXPECT_THAT(receiver.heard(1)[0].commands, Not(Contains(demand)));
}

TEST_F(RequiredTlsTest, LetsAReportGoWhereItIsLacking_Line155) {
  ScriptedReceiver bare(Script{});
  ScriptedReceiver lacking(silent());
  auto verified = signed_site({lacking.endpoint()});
  verified.tls = TlsLevel::verify;

  EXPECT_THAT(said(send_report(site_at({bare.endpoint()}))),
              ElementsAre("delivered eom 250 2.0.0 ok"));
  EXPECT_THAT(said(send_report(verified)), ElementsAre("delivered eom 250 2.0.0 ok"));
}

TEST_F(RequiredTlsTest, IsDemandedForAReportWhereItCanBe_Line154) {
  ScriptedReceiver receiver(promising());
  auto site = signed_site({receiver.endpoint()});
  site.tls = TlsLevel::verify;

  send_report(site);

  EXPECT_THAT(receiver.heard(1)[0].commands, Contains("MAIL FROM:<> REQUIRETLS"));
}

TEST_F(RequiredTlsTest, IsNotDemandedForOtherMail_Line151) {
  ScriptedReceiver receiver(promising());
  auto site = signed_site({receiver.endpoint()});
  site.tls = TlsLevel::verify;

  send(site, mail::TlsWish::as_usual);

  EXPECT_THAT(receiver.heard(1)[0].commands, Contains(plain));
}

}  // namespace
}  // namespace greyhound::smtp
