#include <nlohmann/json.hpp>

#include "e2e/agent_test.hpp"

namespace greyhound::e2e {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

class KilledAgent : public AgentTest {
 protected:
  void kill_and_restart() {
    agent_->kill();
    ASSERT_TRUE(agent_->start());
  }

  // "next" of the only open delivery to the receiver's domain; "" if there is none.
  std::string stored_due() const {
    for (const auto& line : queue_lines()) {
      const auto entry = nlohmann::json::parse(line, nullptr, false);
      if (!entry.is_object() || entry.value("domain", "") != "receiver.example") continue;
      return entry.value("next", "");
    }
    return "";
  }
};

TEST_F(KilledAgent, LosesNothingKeepsTheDueTimeAndSendsOneNoticeWhereverItDies) {
  start(a_receiver(10500ms), {.routes = {}, .greylist = {"3s"}});
  hand_in(a_letter({"bob@receiver.example"}));

  for (int attempt = 1; attempt <= 4; ++attempt) {
    const Fields of_attempt{{"to", "bob@receiver.example"}, {"attempt", std::to_string(attempt)}};
    const auto deferred = agent_->wait_for("deferred", of_attempt);
    ASSERT_TRUE(deferred.has_value());
    ASSERT_NO_FATAL_FAILURE(kill_and_restart());
    EXPECT_EQ(stored_due(), deferred->field("next"));
  }
  ASSERT_TRUE(has_accepted("bob@receiver.example"));
  ASSERT_TRUE(has_accepted(sender));
  ASSERT_TRUE(agent_->wait_for("delivered", {{"to", "bob@receiver.example"}}).has_value());

  const auto contacts = journal().contacts_of("bob@receiver.example");
  for (std::size_t i = 1; i < contacts.size(); ++i) {
    EXPECT_GE(contacts[i].at - contacts[i - 1].at, 3s);
    EXPECT_LT(contacts[i].at - contacts[i - 1].at, 5s);
  }
  EXPECT_THAT(contacts, SizeIs(5));
  EXPECT_THAT(journal().accepted_for("bob@receiver.example"), SizeIs(1));
  EXPECT_THAT(journal().accepted_for(sender), SizeIs(1));
  EXPECT_TRUE(holds_within(patience, [this] { return queue_lines().empty(); }));
}

TEST_F(KilledAgent, DeliversWhatItHadAcceptedJustBefore) {
  auto receiver = a_receiver();
  receiver.receiver.rules.push_back(rule("*@open.example accept"));
  start(std::move(receiver));
  const auto letter = a_letter({"bob@open.example"});

  for (int i = 0; i < 20; ++i)
    ASSERT_NO_FATAL_FAILURE(hand_in(letter));
  ASSERT_NO_FATAL_FAILURE(kill_and_restart());

  EXPECT_TRUE(has_accepted("bob@open.example", 20));
  EXPECT_TRUE(holds_within(patience, [this] { return queue_lines().empty(); }));
}

TEST_F(KilledAgent, KeepsItsQueueReadableWhileItIsDown) {
  start(a_receiver(), {.routes = {}, .greylist = {"1m"}});
  hand_in(a_letter({"bob@receiver.example"}));
  const auto deferred = agent_->wait_for("deferred", {{"to", "bob@receiver.example"}});
  ASSERT_TRUE(deferred.has_value());

  agent_->kill();

  EXPECT_EQ(stored_due(), deferred->field("next"));
}

TEST_F(KilledAgent, TellsSendmailToTryLaterWhileItIsDown) {
  start(a_receiver());
  agent_->kill();

  const auto sent = agent_->run({"sendmail", "-f", sender, "bob@receiver.example"}, "\nx\n");

  EXPECT_EQ(sent.exit_code, 75) << sent.text();
}

class StoppedAgent : public AgentTest {};

TEST_F(StoppedAgent, EndsInOrderAndGoesOnWhereItWas) {
  start(a_receiver(1500ms), {.routes = {}, .greylist = {"2s"}});
  hand_in(a_letter({"bob@receiver.example"}));
  ASSERT_TRUE(agent_->wait_for("deferred", {{"to", "bob@receiver.example"}}).has_value());

  const int exit_code = agent_->stop();
  ASSERT_TRUE(agent_->start());

  EXPECT_EQ(exit_code, 0);
  EXPECT_TRUE(has_accepted("bob@receiver.example"));
  EXPECT_EQ(tries_for("bob@receiver.example"), 2U);
}

}  // namespace
}  // namespace greyhound::e2e
