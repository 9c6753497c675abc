#include <iostream>
#include <map>

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
                       .languages = {"de", "en"},
                       .ca_file = postfix_->ca_file()};
    start(a_receiver(), config);
  }
  void TearDown() override {
    if (HasFailure() && postfix_) std::cout << postfix_->output();
    AgentTest::TearDown();
  }

  // Mailboxes have lines as the system has them.
  static std::string with_crlf(const std::string& message) {
    std::string out;
    for (const char c : message)
      out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
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

// Somebody behind Postfix writes to a greylister that never opens, and to a mailbox that is not.
TEST_F(RealPostfixWithPostgrey, HasTheNoticesInTheMailboxOfWhoWrote) {
  auto letter = a_letter({"bob@receiver.example"});
  letter.sender = "ann@postfix.example";
  hand_in(letter);
  letter.recipients = {"eve@postfix.example"};
  hand_in(letter);
  ASSERT_TRUE(holds_within(2 * patience, [this] { return postfix_->mailbox().size() == 2; }));

  std::map<std::string, ReadNotice> by_action;
  for (const auto& message : postfix_->mailbox()) {
    const auto notice = read_notice(with_crlf(message));
    ASSERT_TRUE(notice.has_value()) << message;
    by_action[notice->about_recipients.at(0).at("action")] = *notice;
  }

  ASSERT_THAT(by_action, SizeIs(2));
  const auto& delay = by_action["delayed"];
  EXPECT_EQ(delay.about_recipients[0].at("final-recipient"), "rfc822; bob@receiver.example");
  EXPECT_EQ(delay.header.at("return-path"), "<>");
  EXPECT_EQ(delay.header.at("auto-submitted"), "auto-replied");
  EXPECT_THAT(delay.header.at("subject"), HasSubstr("=?utf-8?Q?Verz=C3=B6gert"));
  EXPECT_THAT(delay.text.body, HasSubstr("Nachricht verz\xc3\xb6gert sich."));
  EXPECT_THAT(delay.text.body, HasSubstr("There is nothing you need to do"));
  const auto& failure = by_action["failed"];
  EXPECT_EQ(failure.about_recipients[0].at("status"), "5.1.1");
  EXPECT_EQ(failure.about_recipients[0].at("diagnostic-code"),
            "smtp; 550 5.1.1 <eve@postfix.example>: Recipient address rejected: "
            "nobody of that name");
  EXPECT_THAT(failure.original.body, HasSubstr("Subject: Minutes of Monday"));
}

}  // namespace
}  // namespace greyhound::e2e
