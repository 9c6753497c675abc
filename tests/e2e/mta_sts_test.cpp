// The agent obeys MTA-STS policies that it fetched before its last stop.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>

#include <boost/crc.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/agent_process.hpp"
#include "peers/blocking_client.hpp"
#include "peers/certificate.hpp"
#include "peers/dns_server.hpp"
#include "peers/scripted_receiver.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::e2e {
namespace {

using testing::HasSubstr;

constexpr const char* zone = "good IN MX 10 mx1\nmoved IN MX 10 mx1\nmx1 IN A 127.0.0.1\n";

class MtaSts : public testing::Test {
 protected:
  void SetUp() override {
    std::string why_not;
    dns_ = peers::DnsServer::start({{"sts.test", zone}}, why_not);
    if (!dns_) GTEST_SKIP() << why_not;
    const auto ca_file = folder_.path() / "ca.pem";
    std::ofstream(ca_file) << authority_.pem();
    receiver_ = std::make_unique<peers::ScriptedReceiver>(
        peers::Script{.certificate = authority_.issue("mx1.sts.test")});
    const MxWorld mx{.dns = dns_->endpoint(), .port = receiver_->endpoint().port};
    agent_ =
        std::make_unique<AgentProcess>(AgentConfig{.retry = {"1h"}, .ca_file = ca_file, .mx = mx});
  }

  // As the agent writes it (docs/storage-format.md).
  void write_policy(const std::string& domain, const std::string& mx) const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    const auto rest = "domain " + domain + "\nid 1\nfetched " + std::to_string(seconds) +
                      "\n\nversion: STSv1\nmode: enforce\nmx: " + mx + "\nmax_age: 86400\n";
    boost::crc_32_type sum;
    sum.process_bytes(rest.data(), rest.size());
    const auto policies = agent_->folder() / "state/mta-sts";
    std::filesystem::create_directories(policies);
    std::ofstream(policies / domain) << "greyhound mta-sts 1 " << std::hex << sum.checksum() << '\n'
                                     << rest;
  }

  std::unique_ptr<AgentProcess> agent_;
  std::unique_ptr<peers::ScriptedReceiver> receiver_;

 private:
  const world::TempFolder folder_;
  const peers::Authority authority_;
  std::unique_ptr<peers::DnsServer> dns_;
};

TEST_F(MtaSts, HoldsForTheAgentAfterARestart) {
  write_policy("good.sts.test", "mx1.sts.test");
  write_policy("moved.sts.test", "elsewhere.test");
  ASSERT_TRUE(agent_->start());

  const peers::Letter letter{.sender = "a@sender.example",
                             .recipients = {"b@moved.sts.test", "b@good.sts.test"},
                             .bytes = "Subject: x\r\n\r\nhello\r\n"};
  ASSERT_TRUE(peers::submit(agent_->intake(), letter).has_value());

  const auto delivered = agent_->wait_for("delivered", {{"to", "b@good.sts.test"}});
  const auto deferred = agent_->wait_for("deferred", {{"to", "b@moved.sts.test"}});
  ASSERT_TRUE(delivered.has_value());
  ASSERT_TRUE(deferred.has_value());
  EXPECT_EQ(deferred->field("class"), "tls");
  EXPECT_THAT(deferred->field("reply"),
              HasSubstr("4.7.5 moved.sts.test: its MTA-STS policy 1 permits none of its MX"));
  EXPECT_EQ(agent_->stop(), 0);
}

}  // namespace
}  // namespace greyhound::e2e
