#include "e2e/agent_test.hpp"

namespace greyhound::e2e {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class GreylistedMail : public AgentTest {
 protected:
  // One delivery is left, and it waits: its last attempt is settled.
  bool is_waiting() const {
    return holds_within(patience, [this] {
      const auto open = queue_lines();
      return open.size() == 1 && open[0].find(R"("state":"waiting")") != std::string::npos;
    });
  }
};

TEST_F(GreylistedMail, IsRefusedInTheWindowAndDeliveredAtTheFirstRetryAfterIt) {
  start(a_receiver(3500ms), {.routes = {}, .greylist = {"1s", "1s", "3s"}});

  hand_in(a_letter({"bob@receiver.example"}));
  ASSERT_TRUE(has_accepted("bob@receiver.example"));

  std::vector<std::string> verdicts;
  const auto contacts = journal().contacts_of("bob@receiver.example");
  for (const auto& contact : contacts)
    verdicts.push_back(contact.verdict);
  EXPECT_THAT(verdicts, ElementsAre("first_contact", "too_early", "too_early", "passed"));
  EXPECT_GE(contacts[1].at - contacts[0].at, 1s);
  EXPECT_GE(contacts[2].at - contacts[1].at, 1s);
  EXPECT_GE(contacts[3].at - contacts[2].at, 3s);
  EXPECT_LT(contacts[3].at - contacts[0].at, 8s);
  ASSERT_TRUE(agent_->wait_for("delivered", {{"to", "bob@receiver.example"}}).has_value());
  EXPECT_THAT(journal().accepted_for("bob@receiver.example"), SizeIs(1));
  EXPECT_TRUE(holds_within(patience, [this] { return queue_lines().empty(); }));
}

TEST_F(GreylistedMail, TellsInTheLogWhyItWaitsAndUntilWhen) {
  auto receiver = a_receiver(1s);
  receiver.greylister.reply.text = "Greylisted, come back later";
  start(std::move(receiver), {.routes = {}, .greylist = {"2s"}});

  hand_in(a_letter({"bob@receiver.example"}));
  const auto deferred = agent_->wait_for("deferred", {{"to", "bob@receiver.example"}});

  ASSERT_TRUE(deferred.has_value());
  EXPECT_EQ(deferred->field("attempt"), "1");
  EXPECT_EQ(deferred->field("class"), "greylist");
  EXPECT_EQ(deferred->field("reply"), "451 4.7.1 Greylisted, come back later");
  EXPECT_EQ(deferred->field("series"), "greylist");
  EXPECT_EQ(deferred->field("in"), "2");
  EXPECT_THAT(deferred->field("next"), AllOf(StartsWith("20"), EndsWith("Z")));
}

TEST_F(GreylistedMail, ComesBackWhenItWasToldTo) {
  auto receiver = a_receiver(2500ms);
  receiver.greylister.reply.text = "Greylisted, please try again in %SECONDS% seconds";
  start(std::move(receiver), {.routes = {}, .greylist = {"1h"}, .adapts = true});

  hand_in(a_letter({"bob@receiver.example"}));
  ASSERT_TRUE(has_accepted("bob@receiver.example"));

  const auto contacts = journal().contacts_of("bob@receiver.example");
  ASSERT_THAT(contacts, SizeIs(2));
  EXPECT_GE(contacts[1].at - contacts[0].at, 4s);
  EXPECT_LT(contacts[1].at - contacts[0].at, 12s);
}

TEST_F(GreylistedMail, HasTheSameBytesSenderAndSourceAddressAtEveryAttempt) {
  auto receiver = a_receiver(2500ms);
  receiver.receiver.stage = peers::RefusalStage::eom;
  start(std::move(receiver),
        {.routes = {},
         .greylist = {"1s"},
         .delay_after_retry = 90,
         .source_addresses = {"127.0.0.21", "127.0.0.22"}});
  const auto letter = a_letter({"bob@receiver.example"});

  hand_in(letter);
  ASSERT_TRUE(has_accepted("bob@receiver.example"));

  const auto messages = journal().messages();
  ASSERT_THAT(messages, SizeIs(testing::Ge(3)));
  for (const auto& message : messages) {
    EXPECT_EQ(message.bytes, messages[0].bytes);
    EXPECT_EQ(message.sender, sender);
    EXPECT_EQ(message.session.client.address, messages[0].session.client.address);
    EXPECT_EQ(message.bare_line_feeds, 0U);
  }
  EXPECT_THAT(messages[0].session.client.address.to_string(), StartsWith("127.0.0.2"));
  EXPECT_THAT(messages[0].bytes, AllOf(StartsWith("Received:"), EndsWith(letter.bytes)));
  for (const auto& contact : journal().contacts())
    EXPECT_EQ(contact.helo, "agent.example");
}

TEST_F(GreylistedMail, HoldsBackOnlyTheRecipientThatIsGreylisted) {
  auto receiver = a_receiver(1500ms);
  receiver.receiver.rules.push_back(rule("*@receiver.example accept"));
  receiver.receiver.rules.insert(receiver.receiver.rules.begin(),
                                 rule("slow@receiver.example greylist"));
  start(std::move(receiver), {.routes = {}, .greylist = {"2s"}});

  hand_in(a_letter({"one@receiver.example", "slow@receiver.example", "two@receiver.example"}));
  ASSERT_TRUE(has_accepted("slow@receiver.example"));

  const auto messages = journal().messages();
  ASSERT_THAT(messages, SizeIs(2));
  EXPECT_THAT(messages[0].recipients, ElementsAre("one@receiver.example", "two@receiver.example"));
  EXPECT_THAT(messages[1].recipients, ElementsAre("slow@receiver.example"));
  EXPECT_EQ(messages[0].bytes, messages[1].bytes);
  EXPECT_EQ(tries_for("one@receiver.example"), 1U);
  EXPECT_EQ(tries_for("two@receiver.example"), 1U);
  EXPECT_EQ(tries_for("slow@receiver.example"), 2U);
}

TEST_F(GreylistedMail, OfOneDestinationDoesNotHoldBackAnother) {
  auto receiver = a_receiver(1h);
  receiver.receiver.rules.push_back(rule("*@open.example accept"));
  start(std::move(receiver), {.routes = {}, .greylist = {"1m"}});

  hand_in(a_letter({"bob@receiver.example", "eve@open.example"}));
  ASSERT_TRUE(has_accepted("eve@open.example"));
  ASSERT_TRUE(agent_->wait_for("deferred", {{"to", "bob@receiver.example"}}).has_value());
  ASSERT_TRUE(agent_->wait_for("delivered", {{"to", "eve@open.example"}}).has_value());

  ASSERT_TRUE(is_waiting());
  EXPECT_THAT(queue_lines(), ElementsAre(HasSubstr(R"("domain":"receiver.example")")));
}

TEST_F(GreylistedMail, GoesOutAtOnceWhenAnOperatorSaysSo) {
  start(a_receiver(1ms), {.routes = {}, .greylist = {"1h"}});
  hand_in(a_letter({"bob@receiver.example"}));
  const auto deferred = agent_->wait_for("deferred", {{"to", "bob@receiver.example"}});
  ASSERT_TRUE(deferred.has_value());
  ASSERT_TRUE(is_waiting());

  const auto retried = agent_->run({"queue", "retry", deferred->field("delivery")});

  EXPECT_EQ(retried.exit_code, 0) << retried.text();
  EXPECT_TRUE(has_accepted("bob@receiver.example"));
}

TEST_F(GreylistedMail, FromSendmailIsDeliveredToo) {
  start(a_receiver(500ms));

  const auto sent =
      agent_->run({"sendmail", "-f", sender, "-i", "bob@receiver.example"},
                  "To: bob@receiver.example\nSubject: from a program\n\n.\nlast line\n");
  ASSERT_EQ(sent.exit_code, 0) << sent.text();
  ASSERT_TRUE(has_accepted("bob@receiver.example"));

  const auto message = journal().accepted_for("bob@receiver.example").at(0);
  EXPECT_EQ(message.sender, sender);
  EXPECT_THAT(message.bytes, HasSubstr("Subject: from a program\r\n"));
  EXPECT_THAT(message.bytes, EndsWith("\r\n\r\n.\r\nlast line\r\n"));
  EXPECT_GE(tries_for("bob@receiver.example"), 2U);
}

}  // namespace
}  // namespace greyhound::e2e
