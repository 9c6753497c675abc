#include <set>

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

  // Attempts that ended between the final dot and its reply; each may have left a second copy.
  std::size_t doubts_about(const std::string& recipient) const {
    return agent_->events("in_doubt", {{"to", recipient}}).size();
  }
  std::set<std::string> notice_ids() const {
    std::set<std::string> ids;
    for (const auto& message : journal().accepted_for(sender))
      ids.insert(read_notice(message.bytes).value().header.at("message-id"));
    return ids;
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
  EXPECT_THAT(notice_ids(), SizeIs(1));
  EXPECT_LE(journal().accepted_for(sender).size(), 1 + doubts_about(sender));
  EXPECT_TRUE(holds_within(patience, [this] { return queue_lines().empty(); }));
}

TEST_F(KilledAgent, DeliversWhatItHadAcceptedJustBefore) {
  auto receiver = a_receiver();
  receiver.receiver.rules.push_back(rule("*@open.example accept"));
  start(std::move(receiver));
  const auto letter = a_letter({"bob@open.example"});

  for (int i = 0; i < 20; ++i) {
    auto numbered = letter;
    numbered.bytes += "number " + std::to_string(i) + "\r\n";
    ASSERT_NO_FATAL_FAILURE(hand_in(numbered));
  }
  ASSERT_NO_FATAL_FAILURE(kill_and_restart());
  ASSERT_TRUE(holds_within(patience, [this] { return queue_lines().empty(); }));

  // Twice only where the agent died between the final dot and its reply, and says so.
  const auto arrived = journal().accepted_for("bob@open.example");
  std::set<std::string> contents;
  for (const auto& message : arrived)
    contents.insert(message.bytes);
  EXPECT_THAT(contents, SizeIs(20));
  EXPECT_LE(arrived.size(), 20 + doubts_about("bob@open.example"));
}

TEST_F(KilledAgent, KeepsItsQueueReadableWhileItIsDown) {
  start(a_receiver(), {.routes = {}, .greylist = {"1m"}});
  hand_in(a_letter({"bob@receiver.example"}));
  const auto deferred = agent_->wait_for("deferred", {{"to", "bob@receiver.example"}});
  ASSERT_TRUE(deferred.has_value());
  const auto due = deferred->field("next");
  ASSERT_TRUE(holds_within(patience, [&] { return stored_due() == due; }));

  agent_->kill();

  EXPECT_EQ(stored_due(), due);
}

TEST_F(KilledAgent, HasSendmailTryLaterWhereNothingCanBeLeftForIt) {
  start(a_receiver());
  agent_->kill();
  std::filesystem::remove(agent_->folder() / "state" / "drop");

  const auto sent = agent_->run({"sendmail", "-f", sender, "bob@receiver.example"}, "\nx\n");

  EXPECT_EQ(sent.exit_code, 75) << sent.text();
}

TEST_F(KilledAgent, KeepsAddressesBeyondAsciiUntilTheyAreDelivered) {
  const std::string bob =
      "b\xc3\xb6"
      "b@b\xc3\xbc"
      "cher.example";
  start(a_receiver(2500ms), {.routes = {}, .greylist = {"3s"}});
  auto letter = a_letter({bob,
                          "eve@B\xc3\x9c"
                          "CHER.example"});
  letter.sender = "\xc3\xa4nn@sender.example";
  hand_in(letter);
  ASSERT_TRUE(agent_->wait_for("deferred", {{"to", bob}}).has_value());

  ASSERT_NO_FATAL_FAILURE(kill_and_restart());

  const auto open = queue_lines();
  ASSERT_THAT(open, SizeIs(1));
  EXPECT_EQ(nlohmann::json::parse(open[0]).value("domain", ""), "xn--bcher-kva.example");
  ASSERT_TRUE(has_accepted(bob));
  ASSERT_TRUE(has_accepted("eve@xn--bcher-kva.example"));
  const auto arrived = journal().accepted_for(bob).at(0);
  EXPECT_EQ(arrived.sender, letter.sender);
  EXPECT_NE(arrived.bytes.find(" with UTF8SMTP id "), std::string::npos);
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
