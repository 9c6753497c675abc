// AgentTest: an agent, one greylisting receiver that every domain is routed to, and a letter.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/agent_process.hpp"
#include "e2e/notice_reader.hpp"
#include "peers/blocking_client.hpp"
#include "peers/greylisting_receiver.hpp"

namespace greyhound::e2e {

class AgentTest : public testing::Test {
 protected:
  static constexpr Duration patience = AgentProcess::patience;

  // A receiver that greylists for `window` and takes mail for the sender's own domain at once.
  static peers::ReceiverSetup a_receiver(Duration window = std::chrono::hours(1));
  static peers::ReceiverRule rule(std::string_view text);
  static peers::Letter a_letter(std::vector<std::string> recipients);

  // Starts the receiver, adds the route to it, starts the agent.
  void start(peers::ReceiverSetup receiver, AgentConfig config = {});

  // Hands the letter in over TCP; every step must be answered with success.
  void hand_in(const peers::Letter& letter);

  const peers::ReceiverJournal& journal() const { return receiver_->journal(); }
  bool has_accepted(const std::string& recipient, std::size_t count = 1) const;
  std::size_t tries_for(const std::string& recipient) const;
  ReadNotice notice_to_sender(std::size_t index = 0) const;
  std::vector<std::string> queue_lines() const;  // `queue list --json`

  void TearDown() override;  // what the agent printed, if the test failed

  static constexpr const char* sender = "ann@sender.example";

  SystemClock clock_;
  std::unique_ptr<peers::GreylistingReceiver> receiver_;
  std::unique_ptr<AgentProcess> agent_;
};

}  // namespace greyhound::e2e
