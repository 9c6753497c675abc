#include <gmock/gmock.h>

#include "session_world.hpp"

namespace greyhound::intake {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;
using namespace std::string_literals;

const std::string envelope =
    "EHLO client.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";

std::string bdat(const std::string& octets, const std::string& last = "") {
  return "BDAT " + std::to_string(octets.size()) + last + "\r\n" + octets;
}

class SessionBdat : public SessionTest {
 protected:
  void open_transaction() {
    connect();
    send(envelope);
  }
};

TEST_F(SessionBdat, TakesAMessageInOneFlightWithItsEnvelope) {
  connect();

  const auto answer =
      send(envelope + bdat("Subject: x\r\n\r\n.\r\nbody\r\n", " LAST") + "QUIT\r\n");

  EXPECT_THAT(answer, HasSubstr("250 2.1.5 recipient ok\r\n250 2.0.0 queued as "));
  EXPECT_THAT(answer, HasSubstr("221 2.0.0"));
  EXPECT_EQ(stored_content(), "Subject: x\r\n\r\n.\r\nbody\r\n");
}

TEST_F(SessionBdat, JoinsPiecesWhereverTheyAreCut) {
  open_transaction();

  EXPECT_EQ(send(bdat("Subject: x\r")), "250 2.0.0 octets taken\r\n");
  EXPECT_EQ(send(bdat("\n\r\nbo")), "250 2.0.0 octets taken\r\n");
  EXPECT_EQ(send(bdat("")), "250 2.0.0 octets taken\r\n");
  EXPECT_THAT(send(bdat("dy\r\n", " LAST")), StartsWith("250 2.0.0 queued as "));

  EXPECT_EQ(stored_content(), "Subject: x\r\n\r\nbody\r\n");
}

TEST_F(SessionBdat, TakesTheLastPieceEmpty) {
  open_transaction();

  send(bdat("Subject: x\r\n\r\nbody"));

  EXPECT_THAT(send(bdat("", " last")), StartsWith("250 2.0.0 queued as "));
  EXPECT_EQ(stored_content(), "Subject: x\r\n\r\nbody\r\n");
}

TEST_F(SessionBdat, TakesOctetsThatComeOneByOneAndNoMore) {
  open_transaction();
  const auto flight = bdat("Subject: x\r\n\r\n250 not a command\r\n", " LAST") + "NOOP\r\n";

  std::string answer;
  for (const char c : flight)
    answer += send(std::string_view(&c, 1));

  EXPECT_THAT(answer, StartsWith("250 2.0.0 queued as "));
  EXPECT_THAT(answer, HasSubstr("\r\n250 2.0.0 ok\r\n"));
  EXPECT_EQ(std::count(answer.begin(), answer.end(), '\n'), 2);
}

TEST_F(SessionBdat, KeepsALargeMessageOutOfMemoryAsItComes) {
  open_transaction();
  const std::string line = std::string(998, 'x') + "\r\n";
  send(bdat("Subject: x\r\n\r\n"));
  for (int i = 0; i < 300; ++i)
    send(bdat(line));

  EXPECT_EQ(store_.chunk_count(), 4U);
  EXPECT_THAT(send(bdat(line, " LAST")), StartsWith("250 2.0.0"));
  EXPECT_EQ(stored_content().size(), 14 + 301 * line.size());
}

TEST_F(SessionBdat, CountsOffTheOctetsOfWhatItRefuses_Line164) {
  connect();
  send("EHLO client.example\r\n");
  const auto smuggled = bdat("MAIL FROM:<evil@b.example>\r\nRCPT TO:<c@d.example>\r\n", " LAST");

  EXPECT_EQ(send(smuggled), "503 5.5.1 say MAIL first\r\n");
  send("MAIL FROM:<a@b.example>\r\n");
  EXPECT_EQ(send(smuggled), "554 5.5.1 no valid recipients\r\n");
  EXPECT_EQ(send("NOOP\r\n"), "250 2.0.0 ok\r\n");
  expect_nothing_kept();
}

TEST_F(SessionBdat, HangsUpWhereItCannotTellHowManyOctetsFollow_Line164) {
  for (const auto* argument :
       {"", "x", "-1", "+5", "0x5", "5 LAST x", "5 FIRST", "5LAST", "99999999999999999999 LAST"}) {
    open_transaction();

    const auto answer = send("BDAT "s + argument + "\r\nMAIL FROM:<evil@b.example>\r\n");

    EXPECT_EQ(answer,
              "501 5.5.4 syntax: BDAT octets [LAST]\r\n421 4.7.0 closing the connection\r\n")
        << argument;
    EXPECT_TRUE(is_closed());
  }
  expect_nothing_kept();
}

TEST_F(SessionBdat, RefusesBareLineEndsAndNulAsInData_Line164) {
  for (const auto& bad : {"a\n.\nb\r\n"s, "a\r.\rb\r\n"s, "a\0b\r\n"s}) {
    open_transaction();

    EXPECT_THAT(send(bdat("Subject: x\r\n\r\n" + bad)), StartsWith("554 5.6.0"));
    EXPECT_THAT(send(bdat("more\r\n", " LAST")), StartsWith("503 5.5.1"));
    EXPECT_EQ(send("NOOP\r\n"), "250 2.0.0 ok\r\n");
    expect_nothing_kept();
    hang_up();
  }
}

TEST_F(SessionBdat, LetsNothingElseBeginBetweenPieces) {
  open_transaction();
  send(bdat("Subject: x\r\n"));

  for (const auto* command : {"MAIL FROM:<a@b.example>", "RCPT TO:<e@d.example>", "DATA"})
    EXPECT_EQ(send(command + "\r\n"s), "503 5.5.1 BDAT or RSET must follow\r\n") << command;

  EXPECT_EQ(send("NOOP\r\n"), "250 2.0.0 ok\r\n");
  EXPECT_THAT(send(bdat("\r\nbody\r\n", " LAST")), StartsWith("250 2.0.0 queued"));
}

TEST_F(SessionBdat, ForgetsThePiecesAfterRsetAndNewHellosAndHangUps) {
  const std::string piece = bdat(std::string(998, 'x') + "\r\n" + std::string(70'000, 'y'));
  for (const auto* command : {"RSET", "EHLO client.example", "HELO client.example", "QUIT"}) {
    open_transaction();
    send(piece);
    ASSERT_GT(store_.chunk_count(), 0U);

    send(command + "\r\n"s);

    expect_nothing_kept();
    hang_up();
  }
  open_transaction();
  send(piece);
  hang_up();
  expect_nothing_kept();
}

TEST_F(SessionBdat, ForgetsThePiecesOfAClientThatSaysNoMore) {
  open_transaction();
  send(bdat(std::string(998, 'x') + "\r\n" + std::string(70'000, 'y')));

  const auto answer = pass(300s);

  EXPECT_EQ(answer, "421 4.4.2 no command within the limit\r\n");
  expect_nothing_kept();
}

TEST_F(SessionBdat, TakesPiecesThatComeOverAnHour) {
  open_transaction();
  for (int i = 0; i < 15; ++i) {
    EXPECT_EQ(pass(4min), "");
    EXPECT_EQ(send("BDAT 6\r\n"), "");
    EXPECT_EQ(send("line\r\n"), "250 2.0.0 octets taken\r\n") << i;
  }

  EXPECT_THAT(send(bdat("", " LAST")), StartsWith("250 2.0.0 queued as "));
}

TEST_F(SessionBdat, LimitsTheTimeOfAllPiecesTogetherToThatOfOneMessage) {
  open_transaction();
  for (int i = 0; i < 4; ++i) {
    send("BDAT 2\r\nx");
    EXPECT_EQ(pass(149s), "");
    EXPECT_EQ(send("y"), "250 2.0.0 octets taken\r\n") << i;
  }
  send("BDAT 2\r\nx");

  EXPECT_EQ(pass(4s), "421 4.4.2 no data within the limit\r\n");
  EXPECT_TRUE(is_closed());
  expect_nothing_kept();
}

TEST_F(SessionBdat, GivesTheOctetsOfARefusedPieceTheTimeOfAMessage) {
  connect();
  for (int i = 0; i < 10; ++i) {
    send("BDAT 2\r\nx");
    EXPECT_EQ(pass(149s), "");
    EXPECT_EQ(send("y"), "503 5.5.1 say MAIL first\r\n") << i;
  }
}

TEST_F(SessionBdat, RefusesWhatIsTooLargeAtThePieceThatMakesItSo) {
  settings_.max_message_bytes = 1000;
  open_transaction();

  EXPECT_EQ(send(bdat(std::string(900, 'x'))), "250 2.0.0 octets taken\r\n");
  EXPECT_THAT(send(bdat(std::string(200, 'x'))), StartsWith("552 5.3.4"));
  expect_nothing_kept();
}

}  // namespace
}  // namespace greyhound::intake
