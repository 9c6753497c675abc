// Mail handed in by programs that others wrote, as docs/handing-in-mail.md has it.
#include <iostream>

#include "e2e/agent_test.hpp"
#include "e2e/postfix_server.hpp"

namespace greyhound::e2e {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* letter =
    "From: ann@sender.example\nTo: bob@receiver.example\nSubject: Hello\n"
    "Date: Mon, 02 Mar 2026 09:00:00 +0000\nMessage-ID: <1@sender.example>\n\n"
    ".one dot\n\n.\nlast\n";
constexpr const char* text = "\r\n\r\n.one dot\r\n\r\n.\r\nlast\r\n";

class Clients : public AgentTest {
 protected:
  void start_with(AgentConfig config) { start(a_receiver(0s), std::move(config)); }

  // The listener with TLS from the start comes second.
  Endpoint encrypted_intake() const {
    std::optional<Endpoint> last;
    for (const auto& event : agent_->events("listening")) {
      if (const auto at = Endpoint::parse(event.field("address"), 25)) last = at;
    }
    return last.value();
  }
  std::string authority() const { return (agent_->folder() / "authority.pem").string(); }

  // A program for Python's smtplib, which Django sends by as well: how it connects, then the rest.
  std::string connect() const {
    return "import smtplib, ssl\nclient = smtplib.SMTP('127.0.0.1', " +
           std::to_string(agent_->intake().port) + ")\n";
  }
  std::string connect_encrypted() const {
    return "import smtplib, ssl\nclient = smtplib.SMTP_SSL('127.0.0.1', " +
           std::to_string(encrypted_intake().port) + ", context=" + trust() + ")\n";
  }
  std::string start_tls() const { return "client.starttls(context=" + trust() + ")\n"; }
  static std::string send() {
    return "client.sendmail('ann@sender.example', ['bob@receiver.example'], \"\"\"" +
           std::string(letter) + "\"\"\")\nclient.quit()\n";
  }
  static Finished python(const std::string& program) {
    return run_to_end({.arguments = {"python3", "-"}, .input = program});
  }

  std::string delivered_bytes() const {
    if (!has_accepted("bob@receiver.example")) return "nothing was delivered";
    return journal().accepted_for("bob@receiver.example").at(0).bytes;
  }

  static AgentConfig for_strangers_with_a_login() {
    return {.takes_logins = true, .relay_from = {"192.0.2.1"}};
  }

 private:
  std::string trust() const { return "ssl.create_default_context(cafile='" + authority() + "')"; }
};

TEST_F(Clients, PythonHandsInMailInTheClear) {
  start_with({});

  const auto ended = python(connect() + send());

  EXPECT_EQ(ended.exit_code, 0) << ended.text();
  EXPECT_THAT(delivered_bytes(), AllOf(HasSubstr(text), HasSubstr("with ESMTP id")));
}

TEST_F(Clients, PythonLogsInBehindStarttlsAndBehindTlsFromTheStart) {
  start_with(for_strangers_with_a_login());
  const std::string log_in = "client.login('ann', 'wonderland')\n";

  const auto in_time = python(connect() + start_tls() + log_in + send());
  const auto at_once = python(connect_encrypted() + log_in + send());

  EXPECT_EQ(in_time.exit_code, 0) << in_time.text();
  EXPECT_EQ(at_once.exit_code, 0) << at_once.text();
  ASSERT_TRUE(has_accepted("bob@receiver.example", 2));
  for (const auto& message : journal().accepted_for("bob@receiver.example"))
    EXPECT_THAT(message.bytes, AllOf(HasSubstr("with ESMTPSA id"), HasSubstr("\ttls TLS_")));
}

TEST_F(Clients, WhoDoesNotLogInOrGuessesHandsInNothing) {
  start_with(for_strangers_with_a_login());

  const auto in_the_clear = python(connect() + send());
  const auto unnamed = python(connect() + start_tls() + send());
  const auto guessed = python(connect() + start_tls() + "client.login('ann', 'mirror')\n");

  EXPECT_THAT(in_the_clear.text(), HasSubstr("(530, b'5.7.0 say STARTTLS and log in first'"));
  EXPECT_THAT(unnamed.text(), HasSubstr("(530, b'5.7.0 log in first'"));
  EXPECT_THAT(guessed.text(), HasSubstr("(535, b'5.7.8 login or password is wrong')"));
  EXPECT_EQ(agent_->events("login_refused").size(), 2U);  // by PLAIN, then by LOGIN
  EXPECT_TRUE(queue_lines().empty());
}

// Each line that it prints is the code of one answer.
TEST_F(Clients, LoginsFollowTheirRules) {
  start_with(for_strangers_with_a_login());
  const std::string program =
      "def say(line): print(client.docmd(line)[0], end=' ')\n"
      "client.ehlo()\nsay('AUTH PLAIN AGFubgB4')\n" +
      start_tls() +
      "say('MAIL FROM:<ann@sender.example>')\n"  // what was said before the handshake is forgotten
      "say('AUTH PLAIN AGFubgB3b25kZXJsYW5k')\n"
      "client.ehlo()\nprint('auth' in client.esmtp_features, end=' ')\n"
      "print('starttls' in client.esmtp_features, end=' ')\n"
      "print('requiretls' in client.esmtp_features, end=' ')\n"
      "say('AUTH CRAM-MD5')\nsay('AUTH PLAIN')\nsay('*')\n"
      "say('AUTH PLAIN')\nsay('AGFubgB3b25kZXJsYW5k')\n"
      "client.ehlo()\nprint('auth' in client.esmtp_features, end=' ')\n"
      "say('AUTH PLAIN AGFubgB3b25kZXJsYW5k')\n"
      "say('MAIL FROM:<ann@sender.example>')\nsay('RCPT TO:<bob@receiver.example>')\n";

  const auto ended = python(connect() + program);

  EXPECT_EQ(ended.text(), "538 503 503 True False True 504 334 501 334 235 False 503 250 250 \n");
}

TEST_F(Clients, WhoGuessesThreeTimesIsSentAway) {
  start_with(for_strangers_with_a_login());

  const auto ended =
      python(connect_encrypted() +
             "client.ehlo()\nfor i in range(3): print(client.docmd('AUTH PLAIN AGFubgB4'))\n"
             "print(client.getreply())\n");

  EXPECT_EQ(ended.text(),
            "(535, b'5.7.8 login or password is wrong')\n"
            "(535, b'5.7.8 login or password is wrong')\n"
            "(535, b'5.7.8 login or password is wrong')\n"
            "(421, b'4.7.0 too many failed logins')\n");
}

TEST_F(Clients, MsmtpLogsInAndHandsInMail) {
  if (!std::filesystem::exists("/usr/bin/msmtp")) GTEST_SKIP() << "msmtp is not installed";
  start_with(for_strangers_with_a_login());

  const auto ended = run_to_end({.arguments = {"/usr/bin/msmtp",
                                               "--file=/dev/null",
                                               "--host=127.0.0.1",
                                               "--port=" + std::to_string(agent_->intake().port),
                                               "--tls=on",
                                               "--tls-trust-file=" + authority(),
                                               "--auth=scram-sha-256",
                                               "--user=ann",
                                               "--passwordeval=echo wonderland",
                                               "--from=ann@sender.example",
                                               "bob@receiver.example"},
                                 .input = letter});

  EXPECT_EQ(ended.exit_code, 0) << ended.text();
  EXPECT_THAT(delivered_bytes(), AllOf(HasSubstr(text), HasSubstr("with ESMTPSA id")));
}

TEST_F(Clients, SwaksHandsInMailOverTheUnixSocket) {
  if (!std::filesystem::exists("/usr/bin/swaks")) GTEST_SKIP() << "swaks is not installed";
  start_with({});

  const auto ended = run_to_end({.arguments = {"/usr/bin/swaks",
                                               "--socket",
                                               (agent_->folder() / "smtp.sock").string(),
                                               "--from",
                                               "ann@sender.example",
                                               "--to",
                                               "bob@receiver.example",
                                               "--pipeline"}});

  EXPECT_EQ(ended.exit_code, 0) << ended.text();
  EXPECT_THAT(delivered_bytes(), HasSubstr("This is a test mailing"));
}

TEST_F(Clients, PostfixHandsOverAllOfItsMail) {
  if (const auto why = PostfixServer::obstacle()) GTEST_SKIP() << *why;
  start_with({});
  PostfixServer postfix("upstream.example", 1s);
  postfix.relay_to(agent_->intake());
  ASSERT_TRUE(postfix.start()) << postfix.output();

  const auto done = peers::submit(postfix.endpoint(), a_letter({"bob@receiver.example"}));

  ASSERT_TRUE(done.has_value()) << done.error().what;
  EXPECT_EQ(done->end.code, 250) << done->end.to_string();
  EXPECT_THAT(delivered_bytes(),
              AllOf(HasSubstr("\r\n.one dot\r\n..two dots\r\n.\r\n"),
                    HasSubstr("by mx.upstream.example (Postfix)"),
                    HasSubstr("by agent.example with ESMTP id")))
      << postfix.output();
}

}  // namespace
}  // namespace greyhound::e2e
