// `greyhound trace` beside an agent that delivers.
#include <csignal>

#include <nlohmann/json.hpp>

#include "e2e/agent_test.hpp"

namespace greyhound::e2e {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

class TraceOfTheAgent : public AgentTest {
 protected:
  void SetUp() override { start(a_receiver(0s)); }

  std::unique_ptr<ChildProcess> watch(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "trace");
    auto trace = agent_->launch(arguments);
    EXPECT_TRUE(has_line(*trace, "greyhound: watching"));
    return trace;
  }

  static bool has_line(const ChildProcess& process, const std::string& part) {
    const auto fits = [&part](const std::string& line) {
      return line.find(part) != std::string::npos;
    };
    return process.wait_for_line(fits, patience).has_value();
  }
};

TEST_F(TraceOfTheAgent, ShowsTheDialogueOfASiteAndNotTheMessage) {
  const auto trace = watch({"--site", "receiver.example"});

  hand_in(a_letter({"bob@receiver.example", "eve@receiver.example"}));
  ASSERT_TRUE(has_line(*trace, "* delivered <eve@receiver.example>: 250"));
  const auto lines = trace->lines();

  EXPECT_THAT(lines, Contains(HasSubstr("* connecting")));
  EXPECT_THAT(lines, Contains(HasSubstr("> EHLO agent.example")));
  EXPECT_THAT(lines, Contains(HasSubstr("> MAIL FROM:<ann@sender.example>")));
  EXPECT_THAT(lines, Contains(HasSubstr("> RCPT TO:<bob@receiver.example>")));
  EXPECT_THAT(lines, Contains(HasSubstr(" bytes>")));
  EXPECT_THAT(lines, Each(Not(HasSubstr("Minutes of Monday"))));
  EXPECT_THAT(lines, Each(Not(HasSubstr("one dot"))));
}

TEST_F(TraceOfTheAgent, ShowsNothingOfOtherSites) {
  const auto trace = watch({"--site", "receiver.example"});

  hand_in(a_letter({"bob@elsewhere.example"}));
  hand_in(a_letter({"bob@receiver.example"}));
  ASSERT_TRUE(has_line(*trace, "* delivered <bob@receiver.example>"));

  EXPECT_THAT(trace->lines(), Each(Not(HasSubstr("elsewhere.example"))));
}

TEST_F(TraceOfTheAgent, GivesJsonWithEveryLine) {
  const auto trace = watch({"--json", "--address", "127.0.0.1"});

  hand_in(a_letter({"bob@receiver.example"}));
  ASSERT_TRUE(has_line(*trace, "MAIL FROM"));

  for (const auto& line : trace->lines()) {
    if (line.starts_with("greyhound:")) continue;
    const auto json = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(json.is_object()) << line;
    for (const auto* key : {"time", "delivery", "host", "address", "direction", "line"})
      EXPECT_TRUE(json.contains(key)) << key << ": " << line;
  }
}

TEST_F(TraceOfTheAgent, EndsByInterruptAndTheAgentGoesOn) {
  const auto trace = watch({"--site", "receiver.example"});

  trace->signal(SIGINT);

  EXPECT_TRUE(trace->wait(patience).has_value());
  hand_in(a_letter({"bob@receiver.example"}));
  EXPECT_TRUE(has_accepted("bob@receiver.example"));
}

TEST_F(TraceOfTheAgent, EndsWithTheAgentAndSaysSo) {
  const auto trace = watch({"--site", "receiver.example"});

  EXPECT_EQ(agent_->stop(), 0);

  EXPECT_EQ(trace->wait(patience), 69);
  EXPECT_TRUE(has_line(*trace, "greyhound: the agent has stopped"));
}

class TraceOfWaitingMail : public AgentTest {};

TEST_F(TraceOfWaitingMail, FollowsAMessageByTheBeginningOfItsId) {
  AgentConfig config;
  config.greylist = {"2s"};
  start(a_receiver(1h), config);
  hand_in(a_letter({"bob@receiver.example"}));
  const auto deferred = agent_->wait_for("deferred");
  ASSERT_TRUE(deferred.has_value());
  const auto delivery = deferred->field("delivery");

  const auto trace = agent_->launch({"trace", delivery.substr(0, delivery.find('-') - 1)});
  const auto is_end = [](const std::string& line) {
    return line.find("* next attempt at ") != std::string::npos;
  };
  ASSERT_TRUE(trace->wait_for_line(is_end, patience).has_value());

  EXPECT_THAT(trace->lines(), Contains(HasSubstr(delivery + " 127.0.0.1 127.0.0.1:")));
  EXPECT_THAT(trace->lines(), Contains(HasSubstr("< 451")));
  EXPECT_THAT(trace->lines(), Contains(HasSubstr("* deferred <bob@receiver.example>: 451")));
}

}  // namespace
}  // namespace greyhound::e2e
