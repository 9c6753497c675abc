// What `sendmail` does while no agent runs, and what becomes of it.
#include <unistd.h>

#include "e2e/agent_test.hpp"

namespace greyhound::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

const std::string text =
    "Subject: early\n\n.a dot\nGr\xc3\xbc\xc3\x9f"
    "e\n";

class DropFolder : public AgentTest {
 protected:
  void SetUp() override {
    auto receiver = a_receiver();
    receiver.receiver.rules.push_back(rule("*@open.example accept"));
    start(std::move(receiver));
  }
  int sendmail(std::vector<std::string> words) const {
    words.insert(words.begin(), {"sendmail", "-i", "-f", sender});
    const auto ended = agent_->run(std::move(words), text);
    EXPECT_EQ(ended.text(), "");
    return ended.exit_code;
  }
  bool is_empty() const { return std::filesystem::is_empty(agent_->folder() / "state" / "drop"); }
};

TEST_F(DropFolder, KeepsAMessageForAnAgentThatIsStopped) {
  ASSERT_EQ(agent_->stop(), 0);

  EXPECT_EQ(sendmail({"-N", "success,failure", "-R", "hdrs", "-V", "x", "bob@open.example"}), 0);
  EXPECT_FALSE(is_empty());
  ASSERT_TRUE(agent_->start());

  ASSERT_TRUE(has_accepted("bob@open.example"));
  EXPECT_TRUE(holds_within(patience, [this] { return is_empty(); }));
  const auto bytes = journal().accepted_for("bob@open.example").at(0).bytes;
  EXPECT_THAT(bytes, HasSubstr("(uid " + std::to_string(::getuid()) + ")"));
  EXPECT_THAT(bytes,
              HasSubstr("\r\n\r\n.a dot\r\nGr\xc3\xbc\xc3\x9f"
                        "e\r\n"));
}

TEST_F(DropFolder, KeepsAMessageForAnAgentThatWasKilledOnceOnly) {
  agent_->kill();
  EXPECT_EQ(sendmail({"bob@open.example"}), 0);
  ASSERT_TRUE(agent_->start());
  ASSERT_TRUE(agent_->wait_for("drop_taken", {{"status", "2.0.0"}}));

  ASSERT_TRUE(has_accepted("bob@open.example"));
  EXPECT_EQ(agent_->stop(), 0);
  ASSERT_TRUE(agent_->start());
  EXPECT_EQ(sendmail({"carl@open.example"}), 0);
  ASSERT_TRUE(has_accepted("carl@open.example"));

  EXPECT_THAT(journal().accepted_for("bob@open.example"), SizeIs(1));
}

TEST_F(DropFolder, GetsNothingOfAMessageThatCannotBeReadToItsEnd) {
  ASSERT_EQ(agent_->stop(), 0);
  const auto folder = agent_->folder().string();
  const Command from_a_folder{
      .arguments = {"sh",
                    "-c",
                    "exec \"$0\" sendmail -f a@b.example bob@open.example </",
                    GREYHOUND_BINARY},
      .environment = {"GREYHOUND_CONFIG=" + folder}};

  const auto ended = run_to_end(from_a_folder);

  EXPECT_EQ(ended.exit_code, 74);
  EXPECT_THAT(ended.text(), HasSubstr("sendmail: the message cannot be read to its end"));
  EXPECT_TRUE(is_empty());
}

TEST_F(DropFolder, IsNotUsedForADialogueOnStandardInput) {
  const std::string dialogue =
      "EHLO x.example\r\nMAIL FROM:<ann@sender.example>\r\nRCPT TO:<bob@open.example>\r\nQUIT\r\n";

  const auto served = agent_->run({"sendmail", "-bs"}, dialogue);
  ASSERT_EQ(agent_->stop(), 0);
  const auto unserved = agent_->run({"sendmail", "-bs"}, dialogue);

  EXPECT_EQ(served.exit_code, 0);
  EXPECT_THAT(served.text(), AllOf(HasSubstr("220 "), HasSubstr("250 2.1.5"), HasSubstr("221 ")));
  EXPECT_EQ(unserved.exit_code, 75);
}

}  // namespace
}  // namespace greyhound::e2e
