#include <fstream>

#include "e2e/agent_test.hpp"

namespace greyhound::e2e {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

class BrokenConfiguration : public testing::Test {
 protected:
  // What `run` comes to with this retry.json.
  Finished run_with_retry_file(const std::string& text) {
    write(agent_.folder() / "retry.json", text);
    return agent_.run({"run"});
  }
  bool has_opened_anything() const {
    return std::filesystem::exists(agent_.folder() / "smtp.sock") ||
           std::filesystem::exists(agent_.folder() / "control.sock");
  }

  AgentProcess agent_{AgentConfig{}};
};

TEST_F(BrokenConfiguration, OfAWrongUnitStopsRunWithFileLineAndWhatWouldBeRight) {
  const auto ended = run_with_retry_file(
      "{\n  \"rules\": [\n    { \"name\": \"default\", \"match\": {},\n"
      "      \"retry\": [ \"5m\", \"10 minutes\" ] }\n  ]\n}\n");

  EXPECT_EQ(ended.exit_code, 78);
  EXPECT_THAT(ended.text(), AllOf(HasSubstr("retry.json:4"), HasSubstr("\"10m\"")));
  EXPECT_THAT(ended.text(), testing::Not(HasSubstr("listening")));
  EXPECT_FALSE(has_opened_anything());
}

TEST_F(BrokenConfiguration, OfAnUnknownKeyStopsRunAndNamesTheRightOne) {
  const auto ended = run_with_retry_file(
      "{ \"rules\": [ { \"name\": \"default\",\n \"match\": {},\n \"retrry\": [ \"5m\" ] } ] }\n");

  EXPECT_EQ(ended.exit_code, 78);
  EXPECT_THAT(ended.text(), AllOf(HasSubstr("retry.json:3"), HasSubstr("retry")));
  EXPECT_FALSE(has_opened_anything());
}

TEST_F(BrokenConfiguration, OfASyntaxErrorStopsRunAndNamesItsLine) {
  const auto ended = run_with_retry_file("{\n  \"rules\": [\n    oops\n  ]\n}\n");

  EXPECT_EQ(ended.exit_code, 78);
  EXPECT_THAT(ended.text(), HasSubstr("retry.json:3"));
  EXPECT_FALSE(has_opened_anything());
}

TEST_F(BrokenConfiguration, IsNamedByConfigCheckWithEveryProblemAtOnce) {
  write(agent_.folder() / "retry.json", "{ \"ramp\": { \"per_second\": \"many\" } }\n");
  write(agent_.folder() / "notification.json", "{ \"delay\": { \"after_retry\": -1 } }\n");

  const auto checked = agent_.run({"config", "check"});

  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_THAT(checked.text(), AllOf(HasSubstr("retry.json:1"), HasSubstr("notification.json:1")));
}

class BadInput : public AgentTest {
 protected:
  void SetUp() override {
    auto receiver = a_receiver();
    receiver.receiver.rules.push_back(rule("*@open.example accept"));
    start(std::move(receiver), {.routes = {}, .max_message = "100KiB"});
  }

  peers::BlockingClient a_client() const {
    auto client = peers::BlockingClient::connect(agent_->intake()).value();
    EXPECT_EQ(client.read_reply().value().code, 220);
    EXPECT_EQ(client.say("EHLO client.example").value().code, 250);
    return client;
  }
  static int code_of(const Result<mail::Reply>& reply) { return reply ? reply->code : 0; }

  // Mail handed in before and after the trouble has arrived, and nothing else.
  void expect_only(std::size_t count) const {
    EXPECT_TRUE(has_accepted("bob@open.example", count));
    EXPECT_TRUE(holds_within(patience, [this] { return queue_lines().empty(); }));
    EXPECT_THAT(journal().messages(), SizeIs(count));
  }
};

TEST_F(BadInput, OfAnOverSizeMessageIsRefusedAndLosesNothing) {
  const auto letter = a_letter({"bob@open.example"});
  auto large = letter;
  large.bytes += std::string(204'800, 'x') + "\r\n";
  auto client = a_client();

  const auto before = client.submit(letter);
  const auto declared = client.say("MAIL FROM:<ann@sender.example> SIZE=204800");
  const auto refused = client.submit(large);
  const auto after = client.submit(letter);

  EXPECT_EQ(before->end.code, 250);
  EXPECT_EQ(code_of(declared), 552);
  EXPECT_EQ(refused->end.code, 552);
  EXPECT_EQ(refused->end.status, mail::EnhancedStatus::parse("5.3.4"));
  EXPECT_EQ(after->end.code, 250);
  expect_only(2);
}

TEST_F(BadInput, OfABareLineFeedIsRefusedAndCannotSmuggleASecondMessage) {
  const auto letter = a_letter({"bob@open.example"});
  auto client = a_client();
  const auto before = client.submit(letter);
  EXPECT_EQ(code_of(client.say("MAIL FROM:<ann@sender.example>")), 250);
  EXPECT_EQ(code_of(client.say("RCPT TO:<bob@open.example>")), 250);
  EXPECT_EQ(code_of(client.say("DATA")), 354);

  ASSERT_TRUE(
      client.send("Subject: a\r\n\r\nx\n.\nMAIL FROM:<eve@sender.example>\r\n"
                  "RCPT TO:<bob@open.example>\r\nDATA\r\nsmuggled\r\n.\r\n"));
  const auto refused = client.read_reply();

  EXPECT_EQ(before->end.code, 250);
  EXPECT_EQ(code_of(refused), 554);
  expect_only(1);
}

TEST_F(BadInput, OfAHundredKilobyteCommandIsRefusedAndLosesNothing) {
  const auto letter = a_letter({"bob@open.example"});
  auto client = a_client();
  const auto before = client.submit(letter);

  const auto refused = client.say("MAIL FROM:<" + std::string(102'400, 'a') + "@x.example>");
  auto second = a_client();
  const auto after = second.submit(letter);

  EXPECT_EQ(before->end.code, 250);
  EXPECT_EQ(code_of(refused), 500);
  EXPECT_EQ(after->end.code, 250);
  expect_only(2);
}

TEST_F(BadInput, OfAClientThatVanishesInsideAMessageLeavesNothingBehind) {
  {
    auto client = a_client();
    EXPECT_EQ(code_of(client.say("MAIL FROM:<ann@sender.example>")), 250);
    EXPECT_EQ(code_of(client.say("RCPT TO:<bob@open.example>")), 250);
    EXPECT_EQ(code_of(client.say("DATA")), 354);
    ASSERT_TRUE(client.send("Subject: half\r\n\r\nhalf of it"));
  }

  ASSERT_NO_FATAL_FAILURE(hand_in(a_letter({"bob@open.example"})));

  expect_only(1);
}

}  // namespace
}  // namespace greyhound::e2e
