// Logging in at a relay, over real TLS, with a server that checks by itself what it is told.
#include <fstream>
#include <ostream>

#include <gmock/gmock.h>

#include "peers/certificate.hpp"
#include "peers/scripted_receiver.hpp"
#include "unit/smtp_client/courier_fixture.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::smtp {
namespace {

using mail::LoginMechanism;
using mail::Stage;
using mail::TlsLevel;
using mail::Verdict;
using peers::Account;
using peers::Authority;
using peers::ScramFault;
using peers::Script;
using peers::ScriptedReceiver;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const std::vector all_mechanisms{
    LoginMechanism::scram_sha_256, LoginMechanism::plain, LoginMechanism::login};

// What must never be seen: the password, and each form in which it goes over the wire.
const std::vector<std::string> secrets{"pencil", "cGVuY2ls", "AHVzZXIAcGVuY2ls", "dXNlcg=="};

class LoginTest : public CourierTest {
 protected:
  LoginTest() {
    const auto ca_file = folder_.path() / "ca.pem";
    std::ofstream(ca_file) << authority.pem();
    settings.tls.ca_file = ca_file;
  }

  // Whatever the test did: reasons, replies and the log at its most talkative tell nothing.
  ~LoginTest() override {
    for (const auto& line : log_lines())
      all_text_ += line + "\n";
    EXPECT_THAT(all_text_, Not(IsEmpty()));
    for (const auto& secret : secrets)
      EXPECT_THAT(all_text_, Not(HasSubstr(secret)));
  }

  Script relay(ScramFault fault = ScramFault::none) const {
    return {.certificate = authority.issue("mx1.test"),
            .account = Account{.user = "user", .password = "pencil", .fault = fault}};
  }

  static std::shared_ptr<const mail::Credentials> credentials(
      const std::string& password = "pencil",
      std::vector<LoginMechanism> mechanisms = all_mechanisms) {
    return std::make_shared<const mail::Credentials>(
        mail::Credentials{"user", mail::Password(password), std::move(mechanisms)});
  }

  static mail::Site route_to(const std::vector<Endpoint>& hops,
                             std::shared_ptr<const mail::Credentials> login = credentials()) {
    auto site = site_at(hops);
    site.is_route = true;
    site.tls = TlsLevel::verify;
    site.credentials = std::move(login);
    return site;
  }

  mail::AttemptReport send(mail::Site site) {
    auto report = run_attempt(a_request({"b@d.example"}), std::move(site));
    for (const auto& line : said(report))
      all_text_ += line + "\n";
    all_text_ += report.our_fault.value_or("") + report.host + report.tls + "\n";
    return report;
  }

  // One attempt at a relay with that script.
  mail::AttemptReport send_to(Script script,
                              std::shared_ptr<const mail::Credentials> login = credentials()) {
    ScriptedReceiver receiver(std::move(script));
    auto report = send(route_to({receiver.endpoint()}, std::move(login)));
    heard = receiver.heard(1).at(0);
    return report;
  }

  const Authority authority;
  peers::HeardSession heard;

 private:
  const world::TempFolder folder_;
  std::string all_text_;
};

TEST_F(LoginTest, WorksWithEachMechanismBehindTheHandshake_Line157) {
  for (const auto mechanism : all_mechanisms) {
    const auto report = send_to(relay(), credentials("pencil", {mechanism}));

    EXPECT_THAT(said(report), ElementsAre("delivered eom 250 2.0.0 ok"));
    EXPECT_EQ(heard.logged_in_by, to_string(mechanism));
    EXPECT_EQ(heard.commands_in_the_clear, 2U);  // EHLO, STARTTLS
    EXPECT_THAT(heard.commands.at(2), StartsWith("EHLO"));
    EXPECT_THAT(heard.commands.at(3), StartsWith("AUTH " + std::string(to_string(mechanism))));
  }
}

TEST_F(LoginTest, WorksWhereTlsComesFirst) {
  auto script = relay();
  script.speaks_tls_first = true;
  ScriptedReceiver receiver(script);
  auto site = route_to({receiver.endpoint()});
  site.tls = TlsLevel::implicit;

  EXPECT_EQ(send(site).outcomes.at(0).verdict, Verdict::delivered);
  EXPECT_EQ(receiver.heard(1).at(0).logged_in_by, "SCRAM-SHA-256");
}

TEST_F(LoginTest, TakesTheStrongestThatIsOfferedAndAllowed) {
  auto script = relay();
  script.logins = "LOGIN CRAM-MD5 plain";

  send_to(script);
  EXPECT_EQ(heard.logged_in_by, "PLAIN");

  send_to(relay(), credentials("pencil", {LoginMechanism::login, LoginMechanism::plain}));
  EXPECT_EQ(heard.logged_in_by, "PLAIN");
}

TEST_F(LoginTest, LeavesAnInitialResponseOutOfACommandThatWouldBeTooLong) {
  const std::string long_password(400, 'x');
  auto script = relay();
  script.account->password = long_password;

  const auto report = send_to(script, credentials(long_password, {LoginMechanism::plain}));

  EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::delivered);
  EXPECT_THAT(heard.commands, Contains("AUTH PLAIN"));
}

TEST_F(LoginTest, AWrongPasswordPutsTheMailOffAndIsNoReasonToBounceIt) {
  for (const auto mechanism : all_mechanisms) {
    const auto report = send_to(relay(), credentials("not this one", {mechanism}));

    EXPECT_THAT(said(report),
                ElementsAre("deferred auth 4.7.8 mx1.test: does not accept our credentials: "
                            "535 5.7.8 wrong user or password"));
    EXPECT_EQ(report.our_fault, std::nullopt);  // the server decided it: it counts
    EXPECT_THAT(heard.commands, Not(Contains(StartsWith("MAIL"))));
    EXPECT_EQ(heard.commands.back(), "QUIT");
    EXPECT_THAT(log_lines(), Contains(HasSubstr("login_failed")));
  }
}

TEST_F(LoginTest, EveryReplyThatIsNoYesIsADeferral) {
  for (const auto* reply : {"454 4.7.0 later\r\n",
                            "421 4.3.2 closing\r\n",
                            "530 5.7.0 no\r\n",
                            "534 5.7.9 too weak\r\n",
                            "500 what\r\n",
                            "504 5.5.4 unknown\r\n",
                            "554 5.7.1 go away\r\n"}) {
    auto script = relay();
    script.replies["AUTH"] = {reply};

    const auto report = send_to(script);

    EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::deferred) << reply;
    EXPECT_EQ(report.outcomes.at(0).stage, Stage::auth) << reply;
    EXPECT_EQ(report.outcomes.at(0).status.to_string().substr(0, 2), "4.") << reply;
    EXPECT_THAT(report.outcomes.at(0).reason, HasSubstr(std::string(reply).substr(0, 3)));
  }
}

TEST_F(LoginTest, TheNextHopIsTriedWhereOneDoesNotTakeUsIn) {
  ScriptedReceiver other(Script{.certificate = authority.issue("mx1.test"),
                                .account = Account{.user = "somebody", .password = "else"}});
  auto script = relay();
  script.certificate = authority.issue("mx2.test");
  ScriptedReceiver right(script);

  const auto report = send(route_to({other.endpoint(), right.endpoint()}));

  EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::delivered);
  EXPECT_EQ(report.host, "mx2.test");
}

TEST_F(LoginTest, AHostThatOffersNoneOfOursGetsNoMail) {
  auto script = relay();
  script.logins = "CRAM-MD5 GSSAPI";
  EXPECT_THAT(said(send_to(script)),
              ElementsAre("deferred auth 4.7.4 mx1.test: offers no login that we know"));
  EXPECT_THAT(heard.commands, Not(Contains(StartsWith("MAIL"))));

  script.logins = "PLAIN";
  const auto scram_only = credentials("pencil", {LoginMechanism::scram_sha_256});
  EXPECT_THAT(said(send_to(script, scram_only)).at(0), HasSubstr("\"mechanisms\" allow"));
  EXPECT_THAT(heard.commands, Not(Contains(StartsWith("AUTH"))));
}

TEST_F(LoginTest, WhatWasOfferedInTheClearIsNotBelieved_Line122) {
  auto script = relay();
  script.replies["EHLO"] = {"250-mx.test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n", "250 mx.test\r\n"};

  const auto report = send_to(script);

  EXPECT_EQ(report.outcomes.at(0).stage, Stage::auth);
  EXPECT_THAT(heard.commands, Not(Contains(StartsWith("AUTH"))));
}

// The last line of defence, should a level be lowered somewhere.
TEST_F(LoginTest, AHostThatNeedNotProveItsNameGetsNoCredentials_Line157) {
  for (const auto level : {TlsLevel::none, TlsLevel::opportunistic, TlsLevel::require}) {
    auto script = relay();
    script.replies["EHLO"] = {"250-mx.test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"};
    ScriptedReceiver receiver(script);
    auto site = route_to({receiver.endpoint()});
    site.hosts.at(0).tls = level;

    const auto report = send(site);

    EXPECT_THAT(said(report),
                ElementsAre("deferred auth 4.7.10 mx1.test: not verified, so it gets no "
                            "credentials"));
    EXPECT_THAT(receiver.heard(1).at(0).commands, Not(Contains(StartsWith("AUTH"))));
  }
}

TEST_F(LoginTest, AnotherHostInItsPlaceGetsNoCredentials) {
  auto script = relay();
  script.certificate = authority.issue("other.test");

  EXPECT_EQ(send_to(script).outcomes.at(0).stage, Stage::tls);
  EXPECT_THAT(heard.commands, Not(Contains(StartsWith("AUTH"))));
}

struct Fault {
  ScramFault fault;
  const char* why;
};

std::ostream& operator<<(std::ostream& out, const Fault& fault) {
  return out << fault.why;
}

class ScramFaultTest : public LoginTest, public testing::WithParamInterface<Fault> {};

TEST_P(ScramFaultTest, EndsTheLoginBeforeAnyMail) {
  const auto report = send_to(relay(GetParam().fault));

  EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::deferred);
  EXPECT_EQ(report.outcomes.at(0).stage, Stage::auth);
  EXPECT_THAT(report.outcomes.at(0).reason, HasSubstr(GetParam().why));
  EXPECT_THAT(heard.commands, Not(Contains(StartsWith("MAIL"))));
  EXPECT_THAT(heard.commands, Not(Contains(StartsWith("AUTH PLAIN"))));
}

INSTANTIATE_TEST_SUITE_P(
    All,
    ScramFaultTest,
    testing::Values(Fault{ScramFault::wrong_signature, "does not prove that it knows our password"},
                    Fault{ScramFault::no_signature, "takes us in before the login is complete"},
                    Fault{ScramFault::error_in_place, "refuses our proof"},
                    Fault{ScramFault::foreign_nonce, "nonce"},
                    Fault{ScramFault::same_nonce, "nonce"},
                    Fault{ScramFault::few_iterations, "iteration count"},
                    Fault{ScramFault::many_iterations, "iteration count"},
                    Fault{ScramFault::signed_iterations, "iteration count"},
                    Fault{ScramFault::endless_iterations, "iteration count"},
                    Fault{ScramFault::bad_salt, "salt"},
                    Fault{ScramFault::empty_salt, "salt"},
                    Fault{ScramFault::extension, "malformed"},
                    Fault{ScramFault::asks_again, "goes on asking"}));

TEST_F(LoginTest, AChallengeThatMakesNoSenseIsCancelled) {
  for (const auto* challenge :
       {"334 !\r\n", "334 Zg\r\n", "334-Zg==\r\n334 Zg==\r\n", "334 \r\n", "354 go ahead\r\n"}) {
    auto script = relay();
    script.replies["AUTH"] = {challenge};
    script.replies["*"] = {"501 5.7.0 cancelled\r\n"};

    const auto report = send_to(script);

    EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::deferred) << challenge;
    EXPECT_EQ(report.outcomes.at(0).stage, Stage::auth) << challenge;
    EXPECT_THAT(heard.commands, Contains("*")) << challenge;
    EXPECT_EQ(heard.commands.back(), "QUIT") << challenge;
  }
}

TEST_F(LoginTest, AHugeChallengeEndsTheConnection) {
  for (const auto* end : {"\r\n", ""}) {
    auto script = relay();
    script.replies["AUTH"] = {"334 " + std::string(1'000'000, 'A') + end};

    const auto report = send_to(script);

    EXPECT_THAT(said(report).at(0), StartsWith("deferred auth 4.5.0 mx1.test: cannot make sense"));
  }
}

TEST_F(LoginTest, AServerThatNeverTiresOfAskingIsLeft) {
  auto script = relay();
  script.replies["AUTH"] = {"334 VXNlcm5hbWU6\r\n"};
  script.replies["DXNLCG=="] = {"334 UGFzc3dvcmQ6\r\n"};
  script.replies["CGVUY2LS"] = {"334 QW5kOg==\r\n"};

  const auto report = send_to(script, credentials("pencil", {LoginMechanism::login}));

  EXPECT_THAT(said(report).at(0), HasSubstr("asks for more than user and password"));
}

// A server that quotes the line it does not like, as some do.
TEST_F(LoginTest, WhatARefusalRepeatsOfOurSecretsIsLeftOut) {
  for (const auto* reply : {"501 5.5.2 what is AUTH PLAIN AHVzZXIAcGVuY2ls\r\n",
                            "535-5.7.8 no\r\n535 5.7.8 user with pencil\r\n"}) {
    auto script = relay();
    script.replies["AUTH"] = {reply};

    const auto report = send_to(script, credentials("pencil", {LoginMechanism::plain}));

    EXPECT_THAT(report.outcomes.at(0).reason, HasSubstr("(what it repeats is left out)"));
  }
}

// Nothing that is cut in a login is anything but a deferral.
TEST_F(LoginTest, IsADeferralWhereverItIsCut_Line24) {
  const std::string before =
      "220 mx.test ESMTP\r\n250-mx.test\r\n250-8BITMIME\r\n250-STARTTLS\r\n"
      "250 ENHANCEDSTATUSCODES\r\n220 2.0.0 go ahead\r\n250-mx.test\r\n250-AUTH SCRAM-SHA-256 "
      "PLAIN LOGIN\r\n250 ENHANCEDSTATUSCODES\r\n";
  auto script = relay();
  for (const auto mechanism : all_mechanisms) {
    std::size_t cut = 0;
    for (; cut < 400; ++cut) {
      script.cut_after_bytes = before.size() + cut;

      const auto report = send_to(script, credentials("pencil", {mechanism}));

      const auto& outcome = report.outcomes.at(0);
      EXPECT_EQ(outcome.verdict, Verdict::deferred) << cut;
      if (outcome.stage != Stage::auth) break;
      EXPECT_THAT(outcome.reason, HasSubstr("closed before the end of the login"));
    }
    EXPECT_THAT(cut, testing::AllOf(testing::Ge(19U), testing::Lt(300U)));
  }
}

TEST_F(LoginTest, ASessionCarriesNoMailOfAnotherLogin_Line146) {
  keeps_sessions = true;
  settings.sessions.idle = std::chrono::seconds(1);  // the server attends to one after the other
  ScriptedReceiver receiver(relay());
  const auto ours = route_to({receiver.endpoint()});
  const auto theirs = route_to({receiver.endpoint()});

  for (const auto& site : {ours, ours, theirs})
    EXPECT_EQ(send(site).outcomes.at(0).verdict, Verdict::delivered);
  let_go();

  const auto sessions = receiver.heard(2);
  ASSERT_THAT(sessions, SizeIs(2));
  EXPECT_THAT(sessions[0].commands, Contains(StartsWith("MAIL")).Times(2));
  EXPECT_THAT(sessions[1].commands, Contains(StartsWith("MAIL")).Times(1));
}

TEST_F(LoginTest, IsNotTriedAgainAtOnceForEachMessageOfTheQueue) {
  ScriptedReceiver receiver(relay());
  const auto site = route_to({receiver.endpoint()}, credentials("pencul"));

  const auto first = send(site);
  const auto second = send(site);

  EXPECT_EQ(first.our_fault, std::nullopt);
  ASSERT_TRUE(second.our_fault);
  EXPECT_THAT(*second.our_fault, HasSubstr("the last login was refused: 4.7.8 mx1.test: does not"));
  EXPECT_EQ(second.outcomes.at(0).verdict, Verdict::deferred);
  EXPECT_THAT(receiver.heard(1), SizeIs(1));
}

}  // namespace
}  // namespace greyhound::smtp
