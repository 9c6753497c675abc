// STARTTLS and TLS from the first byte, against a server that speaks it with certificates made for
// the test.
#include <fstream>

#include <gmock/gmock.h>

#include "peers/certificate.hpp"
#include "peers/scripted_receiver.hpp"
#include "unit/smtp_client/courier_fixture.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::smtp {
namespace {

using mail::Stage;
using mail::TlsLevel;
using mail::Verdict;
using peers::Authority;
using peers::HeardSession;
using peers::Script;
using peers::ScriptedReceiver;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class TlsTest : public CourierTest {
 protected:
  TlsTest() {
    const auto ca_file = folder_.path() / "ca.pem";
    std::ofstream(ca_file) << authority.pem();
    settings.tls.ca_file = ca_file;
  }

  // A server that offers STARTTLS with a good certificate.
  Script good() const { return {.certificate = authority.issue("mx1.test")}; }

  mail::AttemptReport send(const ScriptedReceiver& receiver, TlsLevel level) {
    auto site = site_at({receiver.endpoint()});
    site.tls = level;
    return run_attempt(a_request({"b@d.example"}), std::move(site));
  }

  static std::vector<std::string> commands_after_handshake(const HeardSession& heard) {
    const auto clear = static_cast<std::ptrdiff_t>(heard.commands_in_the_clear.value());
    return {heard.commands.begin() + clear, heard.commands.end()};
  }

  const Authority authority;

 private:
  const world::TempFolder folder_;
};

TEST_F(TlsTest, IsUsedWhereItIsOffered) {
  ScriptedReceiver receiver(good());

  const auto report = send(receiver, TlsLevel::opportunistic);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  EXPECT_THAT(report.tls, StartsWith("TLSv1.3 TLS_"));
  const auto heard = receiver.heard(1);
  EXPECT_THAT(commands_after_handshake(heard[0]),
              ElementsAre("EHLO mail.example.org",
                          StartsWith("MAIL FROM:<a@s.example>"),
                          "RCPT TO:<b@d.example>",
                          "DATA",
                          "QUIT"));
  EXPECT_EQ(heard[0].server_name, "mx1.test");
}

TEST_F(TlsTest, GoesOnInTheClearWhereNobodyOffersItAndNobodyDemandsIt) {
  ScriptedReceiver receiver(Script{});

  const auto report = send(receiver, TlsLevel::opportunistic);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  EXPECT_EQ(report.tls, "");
}

TEST_F(TlsTest, IsLeftAloneWhereTheLevelIsNone) {
  ScriptedReceiver receiver(good());

  const auto report = send(receiver, TlsLevel::none);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  EXPECT_EQ(receiver.heard(1)[0].commands_in_the_clear, std::nullopt);
}

// What was offered in the clear is not believed behind the handshake.
TEST_F(TlsTest, ForgetsWhatWasOfferedInTheClear_Line120And122) {
  auto script = good();
  script.replies["EHLO"] = {"250-mx.test\r\n250-STARTTLS\r\n250-SIZE 1\r\n250 DSN\r\n",
                            "250 mx.test\r\n"};
  ScriptedReceiver receiver(script);

  const auto report = send(receiver, TlsLevel::opportunistic);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  EXPECT_EQ(commands_after_handshake(receiver.heard(1)[0])[1], "MAIL FROM:<a@s.example>");
}

TEST_F(TlsTest, ForgetsLimitsThatWereStatedInTheClear_Line119) {
  auto script = good();
  script.replies["EHLO"] = {"250-mx.test\r\n250-STARTTLS\r\n250 LIMITS RCPTMAX=1\r\n",
                            "250-mx.test\r\n250 LIMITS RCPTMAX=2\r\n"};
  ScriptedReceiver receiver(script);

  run_attempt(a_request({"b@d.example", "c@d.example", "d@d.example"}),
              site_at({receiver.endpoint()}));

  const auto mail = testing::StartsWith("MAIL");
  EXPECT_THAT(receiver.heard(1).at(0).commands, testing::Contains(mail).Times(2));
}

// Somebody in between could have put those bytes there.
TEST_F(TlsTest, RefusesBytesInTheClearBehindTheReplyToStarttls_Line121) {
  auto script = good();
  script.behind_starttls = "250 2.0.0 believe me\r\n";
  ScriptedReceiver receiver(script);

  const auto report = send(receiver, TlsLevel::require);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::deferred);
  EXPECT_EQ(report.outcomes[0].stage, Stage::tls);
  EXPECT_THAT(report.outcomes[0].reason, HasSubstr("in the clear after its reply to STARTTLS"));
}

TEST_F(TlsTest, WhereItIsRequiredAHostWithoutItGetsNoMail_Line124) {
  ScriptedReceiver receiver(Script{});

  const auto report = send(receiver, TlsLevel::require);

  EXPECT_THAT(said(report), ElementsAre("deferred tls 4.7.10 mx1.test: does not offer STARTTLS"));
  EXPECT_THAT(receiver.heard(1)[0].commands, ElementsAre("EHLO mail.example.org", "QUIT"));
}

TEST_F(TlsTest, AHostMayHaveToProveMoreThanItsSite) {
  ScriptedReceiver receiver(Script{});
  auto site = site_at({receiver.endpoint()});
  site.hosts[0].tls = TlsLevel::require;

  const auto report = run_attempt(a_request({"b@d.example"}), site);

  EXPECT_THAT(said(report), ElementsAre("deferred tls 4.7.10 mx1.test: does not offer STARTTLS"));
}

TEST_F(TlsTest, WhereItIsRequiredTheNextHostIsTried) {
  ScriptedReceiver bare(Script{});
  ScriptedReceiver encrypting(Script{.certificate = authority.issue("mx2.test")});
  auto site = site_at({bare.endpoint(), encrypting.endpoint()});
  site.tls = TlsLevel::verify;

  const auto report = run_attempt(a_request({"b@d.example"}), site);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  EXPECT_EQ(report.host, "mx2.test");
}

TEST_F(TlsTest, ARefusalOfStarttlsIsTemporaryWhereItIsRequired_Line123) {
  for (const auto* reply : {"454 4.7.0 not now\r\n", "554 5.7.0 never\r\n"}) {
    auto script = good();
    script.replies["STARTTLS"] = {reply};
    ScriptedReceiver receiver(script);

    const auto report = send(receiver, TlsLevel::require);

    EXPECT_EQ(report.outcomes[0].verdict, Verdict::deferred) << reply;
    EXPECT_EQ(report.outcomes[0].stage, Stage::tls) << reply;
    EXPECT_EQ(report.outcomes[0].status.to_string().substr(0, 2), "4.") << reply;
  }
}

TEST_F(TlsTest, ARefusalOfStarttlsLeavesTheConnectionInTheClearWhereItIsNot) {
  auto script = good();
  script.replies["STARTTLS"] = {"454 4.7.0 not now\r\n"};
  ScriptedReceiver receiver(script);

  const auto report = send(receiver, TlsLevel::opportunistic);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  EXPECT_EQ(report.tls, "");
  EXPECT_THAT(receiver.heard(1), testing::SizeIs(1));
}

TEST_F(TlsTest, ABrokenHandshakeIsFollowedByANewConnectionInTheClear_Line125) {
  auto script = good();
  script.replies["STARTTLS"] = {"220 go ahead\r\n"};
  script.hangs_up_after = {"STARTTLS"};
  ScriptedReceiver receiver(script);

  const auto report = send(receiver, TlsLevel::opportunistic);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  const auto heard = receiver.heard(2);
  ASSERT_THAT(heard, testing::SizeIs(2));
  EXPECT_THAT(heard[0].body, IsEmpty());
  EXPECT_THAT(heard[1].commands, testing::Not(testing::Contains("STARTTLS")));
}

TEST_F(TlsTest, ABrokenHandshakeIsRemembered) {
  auto script = good();
  script.hangs_up_after = {"STARTTLS"};
  ScriptedReceiver receiver(script);
  send(receiver, TlsLevel::opportunistic);

  const auto report = send(receiver, TlsLevel::opportunistic);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  const auto heard = receiver.heard(3);
  ASSERT_THAT(heard, testing::SizeIs(3));
  EXPECT_THAT(heard[2].commands, testing::Not(testing::Contains("STARTTLS")));
}

TEST_F(TlsTest, ABrokenHandshakeIsNeverFollowedByClearTextWhereTlsIsRequired) {
  auto script = good();
  script.hangs_up_after = {"STARTTLS"};
  ScriptedReceiver receiver(script);

  const auto report = send(receiver, TlsLevel::require);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::deferred);
  EXPECT_EQ(report.outcomes[0].stage, Stage::tls);
  EXPECT_THAT(receiver.heard(1), testing::SizeIs(1));
}

TEST_F(TlsTest, VerifiesTheNameInTheCertificate) {
  ScriptedReceiver right(good());
  ScriptedReceiver wrong(Script{.certificate = authority.issue("other.test")});

  EXPECT_EQ(send(right, TlsLevel::verify).outcomes[0].verdict, Verdict::delivered);
  EXPECT_THAT(said(send(wrong, TlsLevel::verify)),
              ElementsAre("deferred tls 4.7.5 mx1.test: TLS: certificate: hostname mismatch"));
}

TEST_F(TlsTest, VerifiesWhoSignedTheCertificateAndWhen) {
  const Authority stranger;
  ScriptedReceiver strange(Script{.certificate = stranger.issue("mx1.test")});
  ScriptedReceiver stale(Script{.certificate = authority.issue_stale("mx1.test")});

  EXPECT_THAT(said(send(strange, TlsLevel::verify))[0],
              StartsWith("deferred tls 4.7.5 mx1.test: TLS: certificate: "));
  EXPECT_THAT(
      said(send(stale, TlsLevel::verify)),
      ElementsAre("deferred tls 4.7.5 mx1.test: TLS: certificate: certificate has expired"));
}

TEST_F(TlsTest, AsksNobodyForAGoodCertificateWhereOnlyEncryptionIsAskedFor) {
  const Authority stranger;
  ScriptedReceiver receiver(Script{.certificate = stranger.issue_stale("other.test")});

  EXPECT_EQ(send(receiver, TlsLevel::opportunistic).outcomes[0].verdict, Verdict::delivered);
  EXPECT_THAT(send(receiver, TlsLevel::require).tls, StartsWith("TLSv1.3"));
}

TEST_F(TlsTest, VerifiesAnAddressWhereTheNextHopIsOne) {
  const auto serve = [this](const std::string& name) {
    return Script{.certificate = authority.issue(name), .speaks_tls_first = true};
  };
  ScriptedReceiver right(serve("127.0.0.1"));
  ScriptedReceiver wrong(serve("127.0.0.2"));
  const auto send_to = [this](const ScriptedReceiver& receiver) {
    mail::Site site{.key = "route", .hosts = {}, .is_route = true, .tls = TlsLevel::implicit};
    site.hosts.push_back({.name = "127.0.0.1", .endpoints = {receiver.endpoint()}});
    return run_attempt(a_request({"b@d.example"}), site);
  };

  EXPECT_EQ(send_to(right).outcomes[0].verdict, Verdict::delivered);
  EXPECT_EQ(send_to(wrong).outcomes[0].verdict, Verdict::deferred);
}

TEST_F(TlsTest, VerifiesTheAddressBehindAnAddressLiteral) {
  ScriptedReceiver receiver(Script{.certificate = authority.issue("127.0.0.1")});
  mail::Site site{.key = "[127.0.0.1]", .hosts = {}, .tls = TlsLevel::verify};
  site.hosts.push_back({.name = "[127.0.0.1]", .endpoints = {receiver.endpoint()}});

  const auto report = run_attempt(a_request({"b@d.example"}), site);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
}

TEST_F(TlsTest, ImplicitTlsBeginsBeforeTheGreetingAndAsksForNoMore) {
  auto script = good();
  script.speaks_tls_first = true;
  ScriptedReceiver receiver(script);

  const auto report = send(receiver, TlsLevel::implicit);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  const auto heard = receiver.heard(1);
  EXPECT_EQ(heard[0].commands_in_the_clear, 0U);
  EXPECT_THAT(heard[0].commands, testing::Not(testing::Contains("STARTTLS")));
}

TEST_F(TlsTest, ResumesTheSessionOfTheLastTime) {
  ScriptedReceiver receiver(good());
  send(receiver, TlsLevel::verify);

  const auto report = send(receiver, TlsLevel::verify);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  const auto heard = receiver.heard(2);
  EXPECT_FALSE(heard[0].is_resumed);
  EXPECT_TRUE(heard[1].is_resumed);
}

TEST_F(TlsTest, ResumesNoUnverifiedSessionWhereVerificationIsDemanded_Line146) {
  const Authority stranger;
  ScriptedReceiver receiver(Script{.certificate = stranger.issue("mx1.test")});
  send(receiver, TlsLevel::opportunistic);

  const auto report = send(receiver, TlsLevel::verify);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::deferred);
  EXPECT_EQ(report.outcomes[0].stage, Stage::tls);
}

TEST_F(TlsTest, AResumptionThatBreaksIsFollowedByAWholeHandshake) {
  auto breaking = good();
  breaking.hangs_up_after = {"STARTTLS"};
  ScriptedReceiver receiver({good(), breaking, good()});
  send(receiver, TlsLevel::verify);

  const auto report = send(receiver, TlsLevel::verify);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  const auto heard = receiver.heard(3);
  ASSERT_THAT(heard, testing::SizeIs(3));
  EXPECT_FALSE(heard[2].is_resumed);
}

TEST_F(TlsTest, AResumptionThatStallsIsFollowedByAWholeHandshake) {
  settings.timeouts.connect = std::chrono::milliseconds(500);
  auto stalling = good();
  stalling.replies["STARTTLS"] = {"221 say no more\r\n"};  // and waits for a command
  ScriptedReceiver receiver({good(), stalling, good()});
  send(receiver, TlsLevel::verify);

  const auto report = send(receiver, TlsLevel::verify);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
}

TEST_F(TlsTest, CarriesAMessageLargerThanARecordUnchanged) {
  ScriptedReceiver receiver(good());
  std::string body = "Subject: x\r\n\r\n";
  for (int i = 0; i < 3000; ++i)
    body += "line " + std::to_string(i) + " of many that go through the encryption\r\n";

  auto site = site_at({receiver.endpoint()});
  const auto report = run_attempt(a_request({"b@d.example"}, body), site);

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  EXPECT_EQ(receiver.heard(1)[0].body, body + ".\r\n");
}

TEST(TlsClient, SaysWhichFileOfAuthoritiesItCannotRead) {
  const auto client = TlsClient::make("/nonexistent/ca.pem");

  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().fault, Fault::config);
  EXPECT_THAT(client.error().what, HasSubstr("/nonexistent/ca.pem"));
}

}  // namespace
}  // namespace greyhound::smtp
