// Mail to servers that others wrote, as Debian ships them.
#include <algorithm>
#include <iostream>

#include "e2e/agent_test.hpp"
#include "e2e/unpacked_server.hpp"

namespace greyhound::e2e {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* domain = "real.example";

class RealServer : public AgentTest {
 protected:
  void start_with(UnpackedServer::Kind kind, const std::string& tls) {
    server_ = std::make_unique<UnpackedServer>(kind, domain);
    ASSERT_TRUE(server_->start()) << server_->output();
    start(a_receiver(),
          {.routes = {{domain, server_->endpoint(), tls}}, .ca_file = server_->ca_file()});
    trace_ = agent_->launch({"trace", "--site", domain});
    const auto is_ready = [](const std::string& line) { return line.starts_with("greyhound: "); };
    ASSERT_TRUE(trace_->wait_for_line(is_ready, patience).has_value());
  }
  void TearDown() override {
    if (HasFailure() && server_) std::cout << server_->output();
    AgentTest::TearDown();
  }

  // Two recipients who are there and one who is not.
  static peers::Letter a_difficult_letter() {
    auto letter = a_letter({"bob@real.example", "eve@real.example", "carl@real.example"});
    letter.bytes = "Subject: Difficult\r\n\r\n" + text(text_, "\r\n");
    return letter;
  }

  void expect_all_outcomes() const {
    for (const auto* to : {"bob@real.example", "carl@real.example"}) {
      const auto delivered = agent_->wait_for("delivered", {{"to", to}});
      ASSERT_TRUE(delivered.has_value()) << to;
      EXPECT_EQ(delivered->field("attempt"), "1");
    }
    const auto failed = agent_->wait_for("failed", {{"to", "eve@real.example"}});
    ASSERT_TRUE(failed.has_value());
    EXPECT_THAT(failed->field("reply"), HasSubstr("550 "));
    EXPECT_THAT(agent_->events("deferred"), IsEmpty());
  }

  // What comes behind the header of each message in the mailbox.
  std::vector<std::string> texts() const {
    EXPECT_TRUE(holds_within(patience, [this] { return server_->mailbox().size() == 2; }));
    auto messages = server_->mailbox();
    for (auto& message : messages)
      message.erase(0, message.find("\n\n") + 2);
    return messages;
  }

  // What was said or heard behind the first line that begins so, "> " or "< " in front.
  std::string said_after(const std::string& begin) const {
    const auto has = [&begin](const std::string& line) {
      return line.find(" " + begin) != std::string::npos;
    };
    std::vector<std::string> lines;
    const auto is_there = [&] {
      lines = trace_->lines();
      const auto found = std::find_if(lines.begin(), lines.end(), has);
      lines.erase(lines.begin(), found);
      return lines.size() >= 2;
    };
    EXPECT_TRUE(holds_within(patience, is_there)) << begin;
    if (lines.size() < 2) return {};
    return lines[1].substr(std::min(lines[1].size(), lines[0].find(" " + begin) + 1));
  }

  static std::string text(const std::vector<std::string>& lines, const std::string& line_end) {
    std::string all;
    for (const auto& line : lines)
      all += line + line_end;
    return all;
  }

  static inline const std::vector<std::string> text_{".one dot",
                                                     "..two dots",
                                                     ".",
                                                     "",
                                                     std::string(998, 'x'),
                                                     "." + std::string(997, 'y'),
                                                     "Gr\xc3\xbc\xc3\x9f"
                                                     "e, Ann  ",
                                                     "QUIT"};
  std::unique_ptr<UnpackedServer> server_;
  std::unique_ptr<ChildProcess> trace_;
};

TEST_F(RealServer, EximTakesAMessageByBdatOverVerifiedTls) {
  constexpr auto kind = UnpackedServer::Kind::exim;
  if (const auto why = UnpackedServer::obstacle(kind)) GTEST_SKIP() << *why;
  start_with(kind, "verify");

  hand_in(a_difficult_letter());
  expect_all_outcomes();

  EXPECT_THAT(texts(), Each(text(text_, "\n")));
  EXPECT_THAT(server_->output(), HasSubstr(" P=esmtps"));
  EXPECT_THAT(server_->output(), HasSubstr(" K "));         // CHUNKING
  EXPECT_THAT(said_after("> MAIL"), StartsWith("> RCPT"));  // PIPELINING
}

// OpenSMTPD 6.8.0p2 with OpenSSL 3 offers STARTTLS and breaks off every handshake
// (OpenSMTPD issue 1239).
TEST_F(RealServer, OpensmtpdTakesAMessageInTheClearWhereItsTlsBreaks) {
  constexpr auto kind = UnpackedServer::Kind::opensmtpd;
  if (const auto why = UnpackedServer::obstacle(kind)) GTEST_SKIP() << *why;
  start_with(kind, "opportunistic");

  hand_in(a_difficult_letter());
  expect_all_outcomes();

  EXPECT_THAT(texts(), Each(text(text_, "\n")));
  EXPECT_THAT(agent_->events("tls_broken"), SizeIs(1));
  EXPECT_THAT(said_after("> MAIL"), StartsWith("< 250"));  // no PIPELINING
  EXPECT_THAT(said_after("> DATA"), StartsWith("< 354"));  // no CHUNKING
}

}  // namespace
}  // namespace greyhound::e2e
