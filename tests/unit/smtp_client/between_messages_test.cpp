// What one message meets at a host says nothing of the next one.
#include <gmock/gmock.h>

#include "peers/scripted_receiver.hpp"
#include "unit/smtp_client/courier_fixture.hpp"

namespace greyhound::smtp {
namespace {

using peers::Script;
using peers::ScriptedReceiver;
using testing::ElementsAre;
using testing::SizeIs;

class BetweenMessagesTest : public CourierTest {
 protected:
  BetweenMessagesTest() { keeps_sessions = true; }

  std::vector<std::string> send_to(const ScriptedReceiver& receiver) {
    return said(run_attempt(a_request({"b@d.example"}), site_at({receiver.endpoint()})));
  }
};

TEST_F(BetweenMessagesTest, ARefusedSenderIsAskedAboutAgain_Line46) {
  ScriptedReceiver receiver(Script{.replies = {{"MAIL", {"550 no\r\n", "250 ok\r\n"}}}});

  EXPECT_THAT(send_to(receiver), ElementsAre("refused mail 550 no"));
  EXPECT_THAT(send_to(receiver), ElementsAre("delivered eom 250 2.0.0 ok"));
  let_go();
}

// Taken for the answer to the next MAIL it would put all answers out of step.
TEST_F(BetweenMessagesTest, AReplyThatNobodyAskedForEndsTheSession_Line168) {
  ScriptedReceiver receiver(
      std::vector<Script>{{.replies = {{".", {"250 2.0.0 ok\r\n250 2.0.0 and more\r\n"}}}}, {}});

  EXPECT_THAT(send_to(receiver), ElementsAre("delivered eom 250 2.0.0 ok"));
  EXPECT_THAT(send_to(receiver), ElementsAre("delivered eom 250 2.0.0 ok"));
  let_go();

  const auto heard = receiver.heard(2);
  ASSERT_THAT(heard, SizeIs(2));
  EXPECT_EQ(heard[1].commands.at(0), "EHLO mail.example.org");
}

}  // namespace
}  // namespace greyhound::smtp
