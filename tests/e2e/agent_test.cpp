#include "e2e/agent_test.hpp"

#include <iostream>
#include <utility>

namespace greyhound::e2e {

using namespace std::chrono_literals;

peers::ReceiverSetup AgentTest::a_receiver(Duration window) {
  peers::ReceiverSetup setup;
  setup.greylister.timers = {
      .initial_denial = window, .unverified_expiry = window + 1h, .verified_expiry = window + 24h};
  setup.receiver.rules = {rule("*@sender.example accept")};
  setup.listeners = {Endpoint{*IpAddress::parse("127.0.0.1"), 0}};
  return setup;
}

peers::ReceiverRule AgentTest::rule(std::string_view text) {
  return peers::ReceiverRule::parse(text).value();
}

peers::Letter AgentTest::a_letter(std::vector<std::string> recipients) {
  return {.sender = sender,
          .recipients = std::move(recipients),
          .bytes =
              "From: Ann <ann@sender.example>\r\nTo: Bob <bob@receiver.example>\r\n"
              "Subject: Minutes of Monday\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n"
              "Message-ID: <monday@sender.example>\r\n\r\n"
              ".one dot\r\n..two dots\r\n.\r\n\r\nGr\xc3\xbc\xc3\x9f"
              "e, Ann  \r\n"};
}

void AgentTest::start(peers::ReceiverSetup receiver, AgentConfig config) {
  receiver_ = std::make_unique<peers::GreylistingReceiver>(std::move(receiver), clock_);
  ASSERT_TRUE(receiver_->start().has_value());
  config.routes.push_back({.domain = "*", .host = receiver_->endpoints().at(0)});
  agent_ = std::make_unique<AgentProcess>(config);
  ASSERT_TRUE(agent_->start());
}

void AgentTest::hand_in(const peers::Letter& letter) {
  const auto done = peers::submit(agent_->intake(), letter);
  ASSERT_TRUE(done.has_value()) << done.error().what;
  for (const auto& reply : done->recipients)
    ASSERT_EQ(reply.code, 250) << reply.to_string();
  ASSERT_EQ(done->end.code, 250) << done->end.to_string();
}

bool AgentTest::has_accepted(const std::string& recipient, std::size_t count) const {
  return journal().wait(patience,
                        [&] { return journal().accepted_for(recipient).size() >= count; });
}

std::size_t AgentTest::tries_for(const std::string& recipient) const {
  return journal().contacts_of(recipient).size();
}

ReadNotice AgentTest::notice_to_sender(std::size_t index) const {
  return read_notice(journal().accepted_for(sender).at(index).bytes).value();
}

std::vector<std::string> AgentTest::queue_lines() const {
  const auto listed = agent_->run({"queue", "list", "--json"});
  EXPECT_EQ(listed.exit_code, 0) << listed.text();
  return listed.lines;
}

void AgentTest::TearDown() {
  if (!HasFailure() || !agent_) return;
  std::cout << "What the agent printed:\n";
  for (const auto& line : agent_->lines())
    std::cout << "  " << line << '\n';
}

}  // namespace greyhound::e2e
