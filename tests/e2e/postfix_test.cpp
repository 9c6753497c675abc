#include <iostream>

#include "e2e/agent_test.hpp"
#include "e2e/postfix_server.hpp"

namespace greyhound::e2e {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RealPostfixWithPostgrey : public AgentTest {
 protected:
  void SetUp() override {
    if (const auto why = PostfixServer::obstacle()) GTEST_SKIP() << *why;
    ASSERT_TRUE(postfix_->start()) << postfix_->output();
    AgentConfig config{.routes = {{"postfix.example", postfix_->endpoint(), "verify"}},
                       .greylist = {"1s", "4s"},
                       .ca_file = postfix_->ca_file()};
    start(a_receiver(), config);
  }
  void TearDown() override {
    if (HasFailure() && postfix_) std::cout << postfix_->output();
    AgentTest::TearDown();
  }

  std::unique_ptr<PostfixServer> postfix_ =
      PostfixServer::obstacle() ? nullptr : std::make_unique<PostfixServer>("postfix.example", 3s);
};

TEST_F(RealPostfixWithPostgrey, DefersFirstAndTakesTheMailAtTheRetryAfterItsDelay) {
  hand_in(a_letter({"bob@postfix.example"}));
  const auto delivered = agent_->wait_for("delivered", {{"to", "bob@postfix.example"}});
  ASSERT_TRUE(delivered.has_value());

  const auto deferred = agent_->events("deferred", {{"to", "bob@postfix.example"}});
  ASSERT_THAT(deferred, SizeIs(2));
  EXPECT_THAT(deferred[0].field("reply"), AllOf(HasSubstr("450 4.2.0"), HasSubstr("Greylisted")));
  EXPECT_EQ(deferred[0].field("class"), "greylist");
  EXPECT_EQ(deferred[0].field("series"), "greylist");
  EXPECT_EQ(delivered->field("attempt"), "3");
  ASSERT_TRUE(holds_within(patience, [this] { return postfix_->mailbox().size() == 1; }));
  EXPECT_THAT(postfix_->mailbox()[0], HasSubstr("\n.one dot\n..two dots\n.\n\nGr"));
  EXPECT_THAT(postfix_->mailbox()[0], HasSubstr("(using TLSv1.3 with cipher"));
  EXPECT_THAT(agent_->events("notice"), IsEmpty());
}

TEST_F(RealPostfixWithPostgrey, TakesASecondMessageOfTheSameTripletAtOnce) {
  hand_in(a_letter({"bob@postfix.example"}));
  ASSERT_TRUE(agent_->wait_for("delivered", {{"to", "bob@postfix.example"}}).has_value());

  hand_in(a_letter({"bob@postfix.example"}));

  EXPECT_TRUE(holds_within(patience, [this] {
    return agent_->events("delivered", {{"to", "bob@postfix.example"}, {"attempt", "1"}}).size() ==
           1;
  }));
}

TEST_F(RealPostfixWithPostgrey, TakesLongLinesAsTheyAreAndRefusesOneOfTwoRecipients) {
  auto letter = a_letter({"bob@postfix.example", "eve@postfix.example"});
  letter.bytes =
      "Subject: Long\r\n\r\n" + std::string(998, 'x') + "\r\n." + std::string(997, 'y') + "\r\n";

  hand_in(letter);
  ASSERT_TRUE(agent_->wait_for("delivered", {{"to", "bob@postfix.example"}}).has_value());
  const auto failed = agent_->wait_for("failed", {{"to", "eve@postfix.example"}});

  ASSERT_TRUE(failed.has_value());
  EXPECT_THAT(failed->field("reply"), HasSubstr("550 5.1.1"));
  ASSERT_TRUE(holds_within(patience, [this] { return postfix_->mailbox().size() == 1; }));
  EXPECT_THAT(
      postfix_->mailbox()[0],
      testing::EndsWith("\n\n" + std::string(998, 'x') + "\n." + std::string(997, 'y') + "\n"));
}

}  // namespace
}  // namespace greyhound::e2e
