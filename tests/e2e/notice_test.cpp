#include "e2e/agent_test.hpp"

namespace greyhound::e2e {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

constexpr auto mail_date = "^[A-Z][a-z][a-z], [0-9][0-9]? [A-Z][a-z][a-z] 20[0-9][0-9] ";

class DelayNotice : public AgentTest {};

TEST_F(DelayNotice, IsSentOnceWhenTheSecondRetryHasFailedAndNeverAgain) {
  start(a_receiver(1h), {.routes = {}, .greylist = {"1s", "1s", "3s", "1s"}});

  hand_in(a_letter({"bob@receiver.example"}));
  ASSERT_TRUE(has_accepted(sender));
  const auto noticed = journal().accepted_for(sender).at(0).at;
  ASSERT_TRUE(agent_->wait_for("deferred", {{"to", "bob@receiver.example"}, {"attempt", "6"}}));

  const auto contacts = journal().contacts_of("bob@receiver.example");
  EXPECT_LT(contacts.at(2).at, noticed);  // the second retry is the third contact
  EXPECT_GT(contacts.at(3).at, noticed);
  EXPECT_THAT(journal().accepted_for(sender), SizeIs(1));
  EXPECT_THAT(agent_->events("notice"), SizeIs(1));
}

TEST_F(DelayNotice, SaysEverythingThatAProgramNeeds) {
  auto receiver = a_receiver(1h);
  receiver.greylister.reply = {.code = 451, .status = "4.7.1", .text = "Greylisted, come back"};
  start(std::move(receiver), {.routes = {}, .greylist = {"1s", "1s", "30s"}, .lifetime = "2d"});

  hand_in(a_letter({"bob@receiver.example"}));
  ASSERT_TRUE(has_accepted(sender));

  const auto message = journal().accepted_for(sender).at(0);
  EXPECT_EQ(message.sender, "");
  EXPECT_THAT(message.recipients, ElementsAre(sender));
  const auto notice = notice_to_sender();
  EXPECT_THAT(notice.header.at("from"), HasSubstr("postmaster@agent.example"));
  EXPECT_THAT(notice.header.at("to"), HasSubstr(sender));
  EXPECT_THAT(notice.header.at("auto-submitted"), StartsWith("auto-replied"));
  EXPECT_THAT(notice.header.at("mime-version"), "1.0");
  EXPECT_THAT(notice.header.at("date"), ContainsRegex(mail_date));
  EXPECT_THAT(notice.header.at("message-id"), AllOf(StartsWith("<"), HasSubstr("@agent.example>")));
  EXPECT_THAT(notice.header.at("references"), HasSubstr("<monday@sender.example>"));
  EXPECT_THAT(notice.header.count("subject"), 1U);

  EXPECT_EQ(notice.text.type(), "text/plain");
  EXPECT_THAT(notice.text.body, HasSubstr("bob@receiver.example"));
  EXPECT_THAT(notice.text.body, HasSubstr("Greylisted, come back"));

  EXPECT_EQ(notice.about_message.at("reporting-mta"), "dns; agent.example");
  EXPECT_THAT(notice.about_message.at("arrival-date"), ContainsRegex(mail_date));
  ASSERT_THAT(notice.about_recipients, SizeIs(1));
  const auto& recipient = notice.about_recipients[0];
  EXPECT_EQ(recipient.at("final-recipient"), "rfc822; bob@receiver.example");
  EXPECT_EQ(recipient.at("action"), "delayed");
  EXPECT_EQ(recipient.at("status"), "4.7.1");
  EXPECT_EQ(recipient.at("diagnostic-code"), "smtp; 451 4.7.1 Greylisted, come back");
  EXPECT_THAT(recipient.at("remote-mta"), HasSubstr("127.0.0.1"));
  EXPECT_THAT(recipient.at("last-attempt-date"), ContainsRegex(mail_date));
  EXPECT_THAT(recipient.at("will-retry-until"), ContainsRegex(mail_date));

  EXPECT_EQ(notice.original.type(), "text/rfc822-headers");
  EXPECT_THAT(notice.original.body, HasSubstr("Subject: Minutes of Monday"));
  EXPECT_THAT(notice.original.body, testing::Not(HasSubstr("one dot")));
}

TEST_F(DelayNotice, IsNotSentWhenOnlyTheFirstRetryFails) {
  start(a_receiver(2200ms), {.routes = {}, .greylist = {"1s", "3s"}});

  hand_in(a_letter({"bob@receiver.example"}));
  ASSERT_TRUE(has_accepted("bob@receiver.example"));
  ASSERT_TRUE(agent_->wait_for("delivered", {{"to", "bob@receiver.example"}}).has_value());

  EXPECT_EQ(tries_for("bob@receiver.example"), 3U);
  EXPECT_THAT(agent_->events("notice"), IsEmpty());
  EXPECT_TRUE(holds_within(patience, [this] { return queue_lines().empty(); }));
  EXPECT_THAT(journal().accepted_for(sender), IsEmpty());
}

TEST_F(DelayNotice, IsOneForAMessageWithSeveralDestinations) {
  start(a_receiver(1h), {.routes = {}, .greylist = {"1s"}});

  hand_in(a_letter({"bob@receiver.example", "eve@other.example", "tom@third.example"}));
  for (const auto* to : {"bob@receiver.example", "eve@other.example", "tom@third.example"}) {
    ASSERT_TRUE(agent_->wait_for("deferred", {{"to", to}, {"attempt", "5"}}).has_value());
  }
  ASSERT_TRUE(has_accepted(sender));

  EXPECT_THAT(journal().accepted_for(sender), SizeIs(1));
  std::vector<std::string> named;
  for (const auto& recipient : notice_to_sender().about_recipients)
    named.push_back(recipient.at("final-recipient"));
  EXPECT_THAT(named,
              UnorderedElementsAre("rfc822; bob@receiver.example",
                                   "rfc822; eve@other.example",
                                   "rfc822; tom@third.example"));
}

TEST_F(DelayNotice, IsNotSentForMailFromTheNullSender) {
  start(a_receiver(1h), {.routes = {}, .greylist = {"1s"}});
  auto letter = a_letter({"bob@receiver.example"});
  letter.sender = "";

  hand_in(letter);
  ASSERT_TRUE(agent_->wait_for("deferred", {{"to", "bob@receiver.example"}, {"attempt", "4"}}));

  EXPECT_THAT(agent_->events("notice"), IsEmpty());
}

class FailureNotice : public AgentTest {};

TEST_F(FailureNotice, IsSentForADefiniteRefusal) {
  auto receiver = a_receiver();
  receiver.receiver.rules.push_back(rule("*@receiver.example refuse 550 5.1.1 No such user here"));
  start(std::move(receiver));

  hand_in(a_letter({"bob@receiver.example"}));
  ASSERT_TRUE(has_accepted(sender));

  const auto notice = notice_to_sender();
  ASSERT_THAT(notice.about_recipients, SizeIs(1));
  const auto& recipient = notice.about_recipients[0];
  EXPECT_EQ(recipient.at("final-recipient"), "rfc822; bob@receiver.example");
  EXPECT_EQ(recipient.at("action"), "failed");
  EXPECT_EQ(recipient.at("status"), "5.1.1");
  EXPECT_EQ(recipient.at("diagnostic-code"), "smtp; 550 5.1.1 No such user here");
  EXPECT_EQ(recipient.count("will-retry-until"), 0U);
  EXPECT_EQ(tries_for("bob@receiver.example"), 1U);
  ASSERT_TRUE(agent_->wait_for("notice", {{"kind", "failure"}}));
  EXPECT_THAT(agent_->events("notice", {{"kind", "failure"}}), SizeIs(1));
}

// The receiver speaks no TLS: the message goes nowhere, its notice goes all the same.
TEST_F(FailureNotice, IsSentForMailThatMayGoByTlsOnly_Line153And154And155) {
  start(a_receiver());

  const auto sent = agent_->run(
      {"sendmail", "-O", "requiretls=yes", "-f", sender, "-R", "full", "bob@receiver.example"},
      "Subject: for you\n\nand for nobody else\n");
  ASSERT_EQ(sent.exit_code, 0) << sent.text();
  ASSERT_TRUE(has_accepted(sender));

  const auto notice = notice_to_sender();
  ASSERT_THAT(notice.about_recipients, SizeIs(1));
  EXPECT_EQ(notice.about_recipients[0].at("status"), "5.7.10");
  EXPECT_EQ(tries_for("bob@receiver.example"), 0U);
  EXPECT_THAT(journal().accepted_for(sender).at(0).bytes,
              AllOf(HasSubstr("Subject: for you"), Not(HasSubstr("and for nobody else"))));
}

TEST_F(FailureNotice, IsSentWhenTheLifetimeIsOver) {
  start(a_receiver(1h),
        {.routes = {}, .greylist = {"1s"}, .lifetime = "3s", .delay_after_retry = 90});

  hand_in(a_letter({"bob@receiver.example"}));
  ASSERT_TRUE(has_accepted(sender));

  const auto notice = notice_to_sender();
  ASSERT_THAT(notice.about_recipients, SizeIs(1));
  EXPECT_EQ(notice.about_recipients[0].at("action"), "failed");
  EXPECT_THAT(notice.about_recipients[0].at("diagnostic-code"), HasSubstr("451 4.7.1"));
  ASSERT_TRUE(agent_->wait_for("delivered", {{"to", sender}}).has_value());
  EXPECT_TRUE(holds_within(patience, [this] { return queue_lines().empty(); }));
}

TEST_F(FailureNotice, IsNotSentForMailFromTheNullSender) {
  auto receiver = a_receiver();
  receiver.receiver.rules.push_back(rule("*@receiver.example refuse"));
  start(std::move(receiver));
  auto letter = a_letter({"bob@receiver.example"});
  letter.sender = "";

  hand_in(letter);
  ASSERT_TRUE(agent_->wait_for("undeliverable").has_value());

  EXPECT_THAT(queue_lines(), ElementsAre(HasSubstr(R"("state":"undeliverable")")));
  EXPECT_THAT(agent_->events("notice"), IsEmpty());
}

class SuccessNotice : public AgentTest {
 protected:
  // To somebody whose server, like all of the test's receivers, knows nothing of DSN.
  void hand_in_asking(const std::string& notify) {
    auto client = peers::BlockingClient::connect(agent_->intake());
    ASSERT_TRUE(client && client->read_reply());
    for (const auto& line : {std::string("EHLO test.example"),
                             "MAIL FROM:<" + std::string(sender) + "> ENVID=QQ+2B314",
                             "RCPT TO:<tom@sender.example> ORCPT=rfc822;Tom@Old.example " + notify,
                             std::string("DATA")}) {
      const auto reply = client->say(line);
      ASSERT_TRUE(reply && reply->code < 400) << line;
    }
    ASSERT_TRUE(client->send("Subject: x\r\n\r\nhello\r\n.\r\n"));
    ASSERT_EQ(client->read_reply()->code, 250);
  }
};

TEST_F(SuccessNotice, ComesFromUsWhereTheReceiverSendsNone) {
  start(a_receiver());

  hand_in_asking("NOTIFY=SUCCESS,FAILURE");
  ASSERT_TRUE(has_accepted(sender));

  const auto notice = notice_to_sender();
  EXPECT_EQ(notice.about_message.at("original-envelope-id"), "QQ+314");
  const auto& recipient = notice.about_recipients.at(0);
  EXPECT_EQ(recipient.at("action"), "relayed");
  EXPECT_EQ(recipient.at("status").substr(0, 2), "2.");
  EXPECT_EQ(recipient.at("original-recipient"), "rfc822; Tom@Old.example");
  EXPECT_EQ(recipient.at("final-recipient"), "rfc822; tom@sender.example");
}

TEST_F(SuccessNotice, IsNotSentToWhoAskedForFailuresAlone_Line61) {
  start(a_receiver());

  hand_in_asking("NOTIFY=FAILURE");
  ASSERT_TRUE(agent_->wait_for("delivered", {{"to", "tom@sender.example"}}).has_value());

  EXPECT_TRUE(holds_within(patience, [this] { return queue_lines().empty(); }));
  EXPECT_THAT(agent_->events("notice"), IsEmpty());
}

TEST_F(FailureNotice, ThatFailsItselfIsKeptAndToldThePostmasterWhoWantsToKnow) {
  auto receiver = a_receiver();
  receiver.receiver.rules = {rule("postmaster@* accept"), rule("* refuse")};
  start(std::move(receiver), {.routes = {}, .postmaster_copies = {"double_bounce"}});

  hand_in(a_letter({"bob@receiver.example"}));
  ASSERT_TRUE(agent_->wait_for("delivered", {{"to", "postmaster@agent.example"}}).has_value());

  EXPECT_THAT(queue_lines(), ElementsAre(HasSubstr(R"("state":"undeliverable")")));
  EXPECT_THAT(agent_->events("notice", {{"kind", "double_bounce"}}), SizeIs(1));
  EXPECT_THAT(journal().accepted_for("postmaster@agent.example"), SizeIs(1));
}

}  // namespace
}  // namespace greyhound::e2e
