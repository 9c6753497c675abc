#include <gmock/gmock.h>

#include "session_world.hpp"

namespace greyhound::intake {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

class SessionDialogue : public SessionTest {};

TEST_F(SessionDialogue, GreetsAndAnnouncesWhatItCan) {
  connect();

  const auto answer = send("EHLO client.example\r\n");

  EXPECT_EQ(greeting_, "220 host.example ESMTP Greyhound\r\n");
  EXPECT_EQ(answer,
            "250-host.example\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n"
            "250-SMTPUTF8\r\n250-DSN\r\n250-CHUNKING\r\n"
            "250 ENHANCEDSTATUSCODES\r\n");
}

TEST_F(SessionDialogue, AnswersTheOldGreetingInOneLine) {
  connect();

  EXPECT_EQ(send("HELO client.example\r\n"), "250 host.example\r\n");
}

TEST_F(SessionDialogue, AnswersAGroupOfCommandsInOneWrite) {
  connect();
  send("EHLO client.example\r\n");
  const auto writes = wire_->writes;

  const auto answer = send(
      "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<e@f>\r\n"
      "RCPT TO:<g@h.example>\r\nDATA\r\n");

  EXPECT_EQ(answer,
            "250 2.1.0 sender ok\r\n250 2.1.5 recipient ok\r\n"
            "550 5.1.2 the recipient's domain is not complete\r\n250 2.1.5 recipient ok\r\n"
            "354 end with a dot on a line of its own\r\n");
  EXPECT_EQ(wire_->writes, writes + 1);
}

TEST_F(SessionDialogue, RefusesCommandsOutOfOrder) {
  connect();

  EXPECT_THAT(send("MAIL FROM:<a@b.example>\r\n"), StartsWith("503 5.5.1"));
  EXPECT_THAT(send("RCPT TO:<a@b.example>\r\n"), StartsWith("503 5.5.1"));
  EXPECT_THAT(send("DATA\r\n"), StartsWith("503 5.5.1"));
  send("EHLO client.example\r\nMAIL FROM:<a@b.example>\r\n");
  EXPECT_THAT(send("MAIL FROM:<a@b.example>\r\n"), StartsWith("503 5.5.1"));
  EXPECT_THAT(send("DATA\r\n"), StartsWith("554 5.5.1"));
  EXPECT_THAT(send("RSET\r\n"), StartsWith("250 2.0.0"));
  EXPECT_THAT(send("RCPT TO:<a@b.example>\r\n"), StartsWith("503 5.5.1"));
}

TEST_F(SessionDialogue, ForgetsTheTransactionAtANewHello) {
  connect();
  send("EHLO a\r\nMAIL FROM:<a@b.example>\r\n");

  send("EHLO b\r\n");

  EXPECT_THAT(send("RCPT TO:<a@b.example>\r\n"), StartsWith("503 5.5.1"));
}

TEST_F(SessionDialogue, AnswersTheSmallCommands) {
  connect();

  EXPECT_THAT(send("NOOP\r\n"), StartsWith("250 2.0.0"));
  EXPECT_THAT(send("VRFY root\r\n"), StartsWith("252 2.5.0"));
  EXPECT_THAT(send("EXPN list\r\n"), StartsWith("502 5.5.1"));
  EXPECT_THAT(send("XYZZY\r\n"), StartsWith("500 5.5.1"));
  EXPECT_THAT(send("QUIT\r\n"), StartsWith("221 2.0.0"));
  EXPECT_TRUE(is_closed());
}

TEST_F(SessionDialogue, TakesNoMailFromStrangers) {
  connect("192.0.2.9");
  send("EHLO client.example\r\n");

  EXPECT_THAT(send("MAIL FROM:<a@b.example>\r\n"), StartsWith("550 5.7.1"));
  EXPECT_TRUE(log_.has("refused status=5.7.1 client=192.0.2.9"));
}

TEST_F(SessionDialogue, RefusesADeclaredSizeBeyondTheLimit) {
  settings_.max_message_bytes = 1000;
  connect();
  send("EHLO client.example\r\n");

  EXPECT_THAT(send("MAIL FROM:<a@b.example> SIZE=1001\r\n"), StartsWith("552 5.3.4"));
  EXPECT_THAT(send("MAIL FROM:<a@b.example> SIZE=1000\r\n"), StartsWith("250 2.1.0"));
}

TEST_F(SessionDialogue, TakesAddressesBeyondAsciiOnlyWithSmtpUtf8) {
  connect();
  send("EHLO client.example\r\n");

  EXPECT_THAT(send("MAIL FROM:<\xc3\xa4@b.example>\r\n"), StartsWith("553 5.6.7"));
  send("MAIL FROM:<a@b.example>\r\n");
  EXPECT_THAT(send("RCPT TO:<\xc3\xa4@b.example>\r\n"), StartsWith("553 5.6.7"));
  EXPECT_THAT(send("RCPT TO:<a@b\xc3\xbc"
                   "cher.example>\r\n"),
              StartsWith("553 5.6.7"));
  send("RSET\r\n");
  EXPECT_THAT(send("MAIL FROM:<\xc3\xa4@b.example> SMTPUTF8\r\n"), StartsWith("250 2.1.0"));
  EXPECT_THAT(send("RCPT TO:<\xc3\xa4@b.example>\r\n"), StartsWith("250 2.1.5"));
}

TEST_F(SessionDialogue, TakesNoMoreRecipientsThanTheLimit) {
  settings_.max_recipients = 2;
  connect();
  send("EHLO client.example\r\nMAIL FROM:<>\r\n");

  EXPECT_THAT(send("RCPT TO:<a@d.example>\r\n"), StartsWith("250 2.1.5"));
  EXPECT_THAT(send("RCPT TO:<b@d.example>\r\n"), StartsWith("250 2.1.5"));
  EXPECT_THAT(send("RCPT TO:<c@d.example>\r\n"), StartsWith("452 4.5.3"));
  EXPECT_THAT(send("RCPT TO:<a@D.example>\r\n"), StartsWith("250 2.1.5"));
}

TEST_F(SessionDialogue, SurvivesACommandLineOf100Kilobytes) {
  connect();
  send("EHLO client.example\r\nMAIL FROM:<a@b.example>\r\n");

  const auto answer = send("RCPT TO:<" + std::string(100'000, 'x') + "@d.example>\r\n");

  EXPECT_EQ(answer, "500 5.5.2 line too long\r\n");
  EXPECT_THAT(send("RCPT TO:<c@d.example>\r\n"), StartsWith("250 2.1.5"));
}

TEST_F(SessionDialogue, RefusesCommandLinesThatEndInALineFeedAlone) {
  connect();
  send("EHLO client.example\r\n");

  const auto answer = send("MAIL FROM:<a@b.example>\nNOOP\r\n");

  EXPECT_EQ(answer, "500 5.5.2 line ends must be CR LF\r\n250 2.0.0 ok\r\n");
  EXPECT_THAT(send("RCPT TO:<a@b.example>\r\n"), StartsWith("503 5.5.1"));
}

TEST_F(SessionDialogue, GivesUpAfterTooManyBadCommands) {
  settings_.max_bad_commands = 3;
  connect();

  const auto answer = send("A\r\nB\r\nC\r\nD\r\nNOOP\r\n");

  EXPECT_EQ(std::count(answer.begin(), answer.end(), '\n'), 5);
  EXPECT_THAT(answer, HasSubstr("421 4.7.0 too many bad commands\r\n"));
  EXPECT_TRUE(is_closed());
}

TEST_F(SessionDialogue, HangsUpOnABrowser) {
  connect();

  const auto answer = send("POST / HTTP/1.1\r\nHost: localhost\r\n\r\nEHLO x\r\n");

  EXPECT_EQ(answer, "421 4.7.0 this is an SMTP server\r\n");
  EXPECT_TRUE(is_closed());
}

TEST_F(SessionDialogue, EndsASessionThatSaysNothing) {
  connect();

  const auto before = pass(299s);
  const auto after = pass(1s);

  EXPECT_EQ(before, "");
  EXPECT_EQ(after, "421 4.4.2 no command within the limit\r\n");
  EXPECT_TRUE(is_closed());
}

TEST_F(SessionDialogue, CountsTheLimitForTheWholeCommandNotForEachByte) {
  connect();

  std::string answer;
  for (int i = 0; i < 4; ++i) {
    send("N");
    answer += pass(100s);
  }

  EXPECT_EQ(answer, "421 4.4.2 no command within the limit\r\n");
}

TEST_F(SessionDialogue, SaysThatTheServiceClosesToAClientThatIsIdle) {
  connect();
  send("EHLO client.example\r\nMAIL FROM:<a@b.example>\r\n");

  drain();

  EXPECT_EQ(wire_->from_session, "421 4.3.2 service closing, try again later\r\n");
  EXPECT_TRUE(is_closed());
  EXPECT_EQ(tasks_.size(), 0U);
}

}  // namespace
}  // namespace greyhound::intake
