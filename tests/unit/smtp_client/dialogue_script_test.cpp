#include "smtp_client/dialogue_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greyhound::smtp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

mail::Reply reply(int code, std::vector<std::string> lines = {"ok"}) {
  return {.code = code, .status = {}, .lines = std::move(lines)};
}

class DialogueScriptTest : public testing::Test {
 protected:
  // A body that looks like a dialogue, asked for by that go-ahead.
  void open_message(int go_ahead) {
    script.sent("DATA\r\n");
    script.received(reply(go_ahead));
  }

  DialogueScript script;
};

TEST_F(DialogueScriptTest, ShowsEachCommandOfAFlight) {
  EXPECT_THAT(script.sent("MAIL FROM:<a@s.example>\r\nRCPT TO:<b@d.example>\r\nDATA\r\n"),
              ElementsAre("MAIL FROM:<a@s.example>", "RCPT TO:<b@d.example>", "DATA"));
}

TEST_F(DialogueScriptTest, ShowsEachLineOfAReply) {
  EXPECT_THAT(script.received(reply(250, {"mx.test", "PIPELINING", "CHUNKING"})),
              ElementsAre("250-mx.test", "250-PIPELINING", "250 CHUNKING"));
}

TEST_F(DialogueScriptTest, CountsAMessageAndShowsOnlyItsDot) {
  open_message(354);

  EXPECT_THAT(script.sent("Subject: x\r\n\r\nMAIL FROM:<me@body.example>\r\n"), IsEmpty());
  EXPECT_THAT(script.sent("..\r\n.\r\n"), ElementsAre("<47 bytes>", "."));
  script.received(reply(250));
  EXPECT_THAT(script.sent("QUIT\r\n"), ElementsAre("QUIT"));
}

TEST_F(DialogueScriptTest, TakesEveryThreeHundredForTheGoAheadThatItMayBeTakenFor) {
  open_message(350);

  EXPECT_THAT(script.sent("MAIL FROM:<me@body.example>\r\n.\r\n"), ElementsAre("<29 bytes>", "."));
}

TEST_F(DialogueScriptTest, EndsAMessageByItsDotWhateverTheServerSaysBefore) {
  open_message(354);

  script.sent("Subject: x\r\n\r\n");
  script.received(reply(421));
  script.received(reply(250));
  EXPECT_THAT(script.sent("MAIL FROM:<me@body.example>\r\n"), IsEmpty());
}

TEST_F(DialogueScriptTest, FindsTheDotWhereverTheBytesAreCut) {
  open_message(354);
  const std::string bytes = "MAIL FROM:<me@body.example>\r\n..\r\n.\r\nQUIT\r\n";

  std::vector<std::string> shown;
  for (const char byte : bytes) {
    for (auto& line : script.sent(std::string_view(&byte, 1)))
      shown.push_back(std::move(line));
  }

  EXPECT_THAT(shown, ElementsAre("<33 bytes>", ".", "QUIT"));
}

TEST_F(DialogueScriptTest, SeesAnEmptyMessage) {
  open_message(354);

  EXPECT_THAT(script.sent(".\r\n"), ElementsAre("<0 bytes>", "."));
}

TEST_F(DialogueScriptTest, CountsAChunkThatGoesAlongWithItsCommand) {
  EXPECT_THAT(script.sent("RSET\r\nBDAT 7 LAST\r\nQUIT\r\n\nRSET\r\n"),
              ElementsAre("RSET", "BDAT 7 LAST", "<7 bytes>", "RSET"));
}

TEST_F(DialogueScriptTest, CountsAChunkToItsEndWhateverTheServerSaysBefore) {
  EXPECT_THAT(script.sent("BDAT 12\r\nQUIT\r\n"), ElementsAre("BDAT 12"));
  script.received(reply(554));

  EXPECT_THAT(script.sent("RSET\r\nQUIT\r\n"), ElementsAre("<12 bytes>", "QUIT"));
}

TEST_F(DialogueScriptTest, SaysOfAnInitialResponseOnlyItsMechanism) {
  EXPECT_THAT(script.sent("AUTH PLAIN AGFubgBzZXNhbWU=\r\n"), ElementsAre("AUTH PLAIN <hidden>"));
}

TEST_F(DialogueScriptTest, HidesAnExchangeUpToItsFinalReply) {
  EXPECT_THAT(script.sent("AUTH LOGIN\r\n"), ElementsAre("AUTH LOGIN"));
  EXPECT_THAT(script.received(reply(334, {"VXNlcm5hbWU6"})), ElementsAre("334 <hidden>"));
  EXPECT_THAT(script.sent("QUIT\r\n"), ElementsAre("<hidden>"));
  EXPECT_THAT(script.received(reply(334, {"UGFzc3dvcmQ6"})), ElementsAre("334 <hidden>"));
  EXPECT_THAT(script.sent("c2VzYW1l\r\n"), ElementsAre("<hidden>"));

  EXPECT_THAT(script.received(reply(235, {"welcome"})), ElementsAre("235 welcome"));
  EXPECT_THAT(script.sent("MAIL FROM:<>\r\n"), ElementsAre("MAIL FROM:<>"));
}

TEST_F(DialogueScriptTest, CountsWhatIsNoCommandOfOurs) {
  EXPECT_THAT(script.sent("Dear Bob,\r\nmail me\r\n"), ElementsAre("<11 bytes>", "<9 bytes>"));
}

}  // namespace
}  // namespace greyhound::smtp
