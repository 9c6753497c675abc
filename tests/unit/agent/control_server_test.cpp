#include "agent/control_server.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/agent/control_server_fixture.hpp"

namespace greyhound::agent {
namespace {

using namespace std::chrono_literals;

using ControlServerTest = ControlServerFixture;
using Client = ControlClient;

constexpr const char* get_status = "GET /v1/status HTTP/1.1\r\n\r\n";

TEST_F(ControlServerTest, AnswersSeveralRequestsOfOneConnection) {
  ASSERT_TRUE(server_->start());
  Client client(path_);

  client.send(get_status);
  pass_time();
  const auto first = client.received();
  client.send(get_status);
  pass_time();
  const auto second = client.received();

  EXPECT_TRUE(first.starts_with("HTTP/1.1 200 OK\r\n")) << first;
  EXPECT_TRUE(second.starts_with("HTTP/1.1 200 OK\r\n")) << second;
  EXPECT_FALSE(client.was_closed());
}

TEST_F(ControlServerTest, ClosesAfterTheAnswerWhenAskedTo) {
  ASSERT_TRUE(server_->start());
  Client client(path_);

  client.send("GET /v1/status HTTP/1.1\r\nConnection: close\r\n\r\n");
  pass_time();
  const auto answer = client.received();

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(client.was_closed());
}

TEST_F(ControlServerTest, LetsOnlyOwnerAndGroupIn) {
  ASSERT_TRUE(server_->start());

  struct stat found{};
  ASSERT_EQ(::stat(path_.c_str(), &found), 0);

  EXPECT_EQ(found.st_mode & 07777, 0660U);
}

TEST_F(ControlServerTest, RefusesBytesThatAreNoHttpAndCloses) {
  ASSERT_TRUE(server_->start());
  Client client(path_);

  client.send("EHLO me\r\n\r\n");
  pass_time();
  const auto answer = client.received();

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_TRUE(client.was_closed());
}

TEST_F(ControlServerTest, GivesUpOnARequestThatNeverEnds) {
  ASSERT_TRUE(server_->start());
  Client client(path_);

  client.send("GET /v1/sta");
  pass_time(29s);
  const auto early = client.received();
  pass_time(2s);
  const auto late = client.received();

  EXPECT_EQ(early, "");
  EXPECT_TRUE(late.starts_with("HTTP/1.1 408 ")) << late;
  EXPECT_TRUE(client.was_closed());
}

TEST_F(ControlServerTest, ClosesAnIdleConnectionWithoutAWord) {
  ASSERT_TRUE(server_->start());
  Client client(path_);

  pass_time(31s);
  const auto answer = client.received();

  EXPECT_EQ(answer, "");
  EXPECT_TRUE(client.was_closed());
}

TEST_F(ControlServerTest, TurnsAwayWhatIsBeyondItsLimitAndRecovers) {
  ASSERT_TRUE(server_->start());
  std::vector<std::unique_ptr<Client>> crowd;
  for (std::size_t i = 0; i < ControlServer::max_sessions; ++i) {
    crowd.push_back(std::make_unique<Client>(path_));
    pass_time();
  }

  Client turned_away(path_);
  pass_time();
  const auto refusal = turned_away.received();
  crowd.clear();
  pass_time();
  Client next(path_);
  next.send(get_status);
  pass_time();
  const auto answer = next.received();

  EXPECT_TRUE(refusal.starts_with("HTTP/1.1 503 ")) << refusal;
  EXPECT_TRUE(turned_away.was_closed());
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
}

TEST_F(ControlServerTest, RefusesToStandWhereAnotherAgentAnswers) {
  ASSERT_TRUE(server_->start());
  auto second = make_server();

  const auto started = second->start();

  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().fault, Fault::busy);
  EXPECT_EQ(started.error().what, "another greyhound answers on " + path_.string());
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(ControlServerTest, ReplacesTheFileOfAnAgentThatDied) {
  const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(dead);

  const auto started = server_->start();
  Client client(path_);

  EXPECT_TRUE(started);
  EXPECT_TRUE(client.is_connected());
}

TEST_F(ControlServerTest, NeverRemovesAFileThatIsNoSocket) {
  std::ofstream(path_) << "precious";

  const auto started = server_->start();

  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().fault, Fault::config);
  EXPECT_EQ(std::filesystem::file_size(path_), 8U);
}

TEST_F(ControlServerTest, NamesAPathThatIsTooLongForASocket) {
  path_ = folder_ / std::string(120, 'x');
  auto server = make_server();

  const auto started = server->start();

  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().fault, Fault::config);
}

TEST_F(ControlServerTest, CutsItsSessionsAndRemovesItsFileWhenItStops) {
  ASSERT_TRUE(server_->start());
  Client client(path_);
  client.send("GET /v1/sta");
  pass_time();

  stop(*server_);
  const auto answer = client.received();

  EXPECT_EQ(answer, "");
  EXPECT_TRUE(client.was_closed());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ControlServerTest, LeavesTheFileOfItsSuccessorAlone) {
  ASSERT_TRUE(server_->start());
  std::filesystem::rename(path_, folder_ / "moved");
  auto successor = make_server();
  ASSERT_TRUE(successor->start());

  stop(*server_);

  EXPECT_TRUE(std::filesystem::exists(path_));
  stop(*successor);
}

}  // namespace
}  // namespace greyhound::agent
