#include "intake/server.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "caller.hpp"
#include "session_world.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::intake {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    settings_.listeners = {TcpListener{{*IpAddress::parse("127.0.0.1"), 0}}, UnixListener{socket_}};
  }
  ~ServerTest() override { stop(0s).get(); }

  std::unique_ptr<Server> make() {
    return std::make_unique<Server>(
        home_.at(0), settings_, Server::Parts{store_, loops_, planner_, clock_, log_});
  }
  Result<> start() {
    server_ = make();
    return start(*server_);
  }
  Result<> start(Server& server) {
    std::promise<Result<>> done;
    asio::post(home_.at(0), [&] { done.set_value(server.start()); });
    return done.get_future().get();
  }
  std::future<void> stop(Duration grace) { return stop(*server_, grace); }
  std::future<void> stop(Server& server, Duration grace) {
    return asio::co_spawn(home_.at(0), server.stop(grace), asio::use_future);
  }
  Endpoint tcp() const { return server_->tcp_endpoints().at(0); }

  static void begin_message(Caller& caller) {
    EXPECT_THAT(caller.line(), StartsWith("220 "));
    EXPECT_THAT(caller.say("HELO client.example\r\n"), StartsWith("250 "));
    EXPECT_THAT(caller.say("MAIL FROM:<a@b.example>\r\n"), StartsWith("250 "));
    EXPECT_THAT(caller.say("RCPT TO:<c@d.example>\r\n"), StartsWith("250 "));
    EXPECT_THAT(caller.say("DATA\r\n"), StartsWith("354 "));
  }

  world::TempFolder folder_;
  std::string socket_ = folder_.path() / "smtp.sock";
  SystemClock clock_;
  SilentLog log_;
  world::MemoryStore store_{clock_};
  DeliveryPlanner planner_ = plan_by_domain;
  IntakeSettings settings_ = loopback_settings();
  Loops home_{1};
  Loops loops_{2};
  std::unique_ptr<Server> server_ = make();
};

TEST_F(ServerTest, TakesAMessageOverTcp) {
  ASSERT_TRUE(start().has_value());
  Caller caller(tcp());
  begin_message(caller);

  const auto answer = caller.say("Subject: x\r\n\r\nbody\r\n.\r\n");

  EXPECT_THAT(answer, StartsWith("250 2.0.0 queued as "));
  const auto message = store_.messages().at(0).message;
  EXPECT_EQ(message.client, "127.0.0.1");
  EXPECT_THAT(store_.content(message.id), HasSubstr("\r\nSubject: x\r\n\r\nbody\r\n"));
}

TEST_F(ServerTest, TakesAMessageOverAUnixSocketAndNamesTheUser) {
  ASSERT_TRUE(start().has_value());
  Caller caller(socket_);
  begin_message(caller);

  const auto answer = caller.say("Subject: x\r\n\r\nbody\r\n.\r\n");

  EXPECT_THAT(answer, StartsWith("250 2.0.0 queued as "));
  EXPECT_EQ(store_.messages().at(0).message.client, "uid " + std::to_string(getuid()));
}

TEST_F(ServerTest, TakesAMessageOverV6) {
  settings_.listeners = {TcpListener{{*IpAddress::parse("::1"), 0}}};
  settings_.relay_from = {*IpNetwork::parse("::1/128")};
  if (!start().has_value()) GTEST_SKIP() << "no IPv6 loopback on this machine";
  Caller caller(tcp());
  begin_message(caller);

  EXPECT_THAT(caller.say("Subject: x\r\n\r\nbody\r\n.\r\n"), StartsWith("250 2.0.0"));
  EXPECT_EQ(store_.messages().at(0).message.client, "::1");
}

TEST_F(ServerTest, ServesManyClientsAtOnce) {
  ASSERT_TRUE(start().has_value());
  constexpr int clients = 8;
  constexpr int messages = 10;

  std::vector<std::thread> threads;
  threads.reserve(clients);
  for (int i = 0; i < clients; ++i) {
    threads.emplace_back([this] {
      Caller caller(tcp());
      caller.line();
      caller.say("HELO client.example\r\n");
      for (int n = 0; n < messages; ++n) {
        caller.send("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n");
        for (int line = 0; line < 3; ++line)
          caller.line();
        caller.say("Subject: x\r\n\r\n" + std::string(100'000, 'x') + "\r\n.\r\n");
      }
    });
  }
  for (auto& thread : threads)
    thread.join();

  EXPECT_EQ(store_.messages().size(), static_cast<std::size_t>(clients * messages));
  for (const auto& stored : store_.messages()) {
    EXPECT_EQ(store_.content(stored.message.id).size(), stored.message.size_bytes);
    EXPECT_GT(stored.message.size_bytes, 100'000U);
  }
}

TEST_F(ServerTest, TurnsAwayWhoIsOneTooMany) {
  settings_.max_sessions = 2;
  ASSERT_TRUE(start().has_value());
  Caller first(tcp());
  Caller second(tcp());
  EXPECT_THAT(first.line(), StartsWith("220 "));
  EXPECT_THAT(second.line(), StartsWith("220 "));

  Caller third(tcp());

  EXPECT_THAT(third.line(), StartsWith("421 4.3.2"));
  EXPECT_TRUE(third.is_closed_by_server());
  EXPECT_THAT(first.say("NOOP\r\n"), StartsWith("250 2.0.0"));
}

TEST_F(ServerTest, GivesThePlaceOfAClientThatLeftToTheNext) {
  settings_.max_sessions = 1;
  ASSERT_TRUE(start().has_value());
  for (int i = 0; i < 5; ++i) {
    Caller caller(tcp());
    std::string greeting = caller.line();
    // The place is given back when the session has ended: perhaps after the client saw the end.
    const auto last = std::chrono::steady_clock::now() + 10s;
    std::unique_ptr<Caller> again;
    while (!greeting.starts_with("220 ") && std::chrono::steady_clock::now() < last) {
      again = std::make_unique<Caller>(tcp());
      greeting = again->line();
    }
    EXPECT_THAT(greeting, StartsWith("220 "));
    EXPECT_THAT((again ? *again : caller).say("QUIT\r\n"), StartsWith("221 "));
  }
}

TEST_F(ServerTest, SetsTheModeOfTheUnixSocket) {
  settings_.listeners = {UnixListener{.path = socket_, .mode = 0660}};
  ASSERT_TRUE(start().has_value());

  struct stat found{};
  ASSERT_EQ(stat(socket_.c_str(), &found), 0);

  EXPECT_EQ(found.st_mode & 0777, 0660U);
}

TEST_F(ServerTest, ReplacesASocketFileThatNobodyAnswersOn) {
  const int stale = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::copy_n(socket_.begin(), socket_.size(), name.sun_path);
  ASSERT_EQ(bind(stale, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  close(stale);

  ASSERT_TRUE(start().has_value());

  Caller caller(socket_);
  EXPECT_THAT(caller.line(), StartsWith("220 "));
}

TEST_F(ServerTest, LeavesASocketAloneThatAnotherServerAnswersOn) {
  ASSERT_TRUE(start().has_value());
  const auto other = make();

  const auto started = start(*other);

  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().fault, Fault::config);
  EXPECT_THAT(started.error().what, HasSubstr(socket_));
  Caller caller(socket_);
  EXPECT_THAT(caller.line(), StartsWith("220 "));
}

TEST_F(ServerTest, LeavesAFileAloneThatIsNoSocket) {
  std::ofstream(socket_) << "precious";

  const auto started = start();

  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().fault, Fault::config);
  EXPECT_EQ(std::filesystem::file_size(socket_), 8U);
}

TEST_F(ServerTest, RefusesAPathTooLongForASocket) {
  settings_.listeners = {UnixListener{(folder_.path() / std::string(200, 'x')).string()}};

  const auto started = start();

  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().fault, Fault::config);
}

TEST_F(ServerTest, OpensEveryListenerOrNone) {
  ASSERT_TRUE(start().has_value());
  const auto second_socket = (folder_.path() / "second.sock").string();
  settings_.listeners = {UnixListener{second_socket}, TcpListener{tcp()}};
  const auto other = make();

  const auto started = start(*other);

  ASSERT_FALSE(started.has_value());
  EXPECT_THAT(started.error().what, HasSubstr(tcp().to_string()));
  EXPECT_FALSE(std::filesystem::exists(second_socket));
}

TEST_F(ServerTest, TellsIdleClientsWhenItStops) {
  ASSERT_TRUE(start().has_value());
  const auto at = tcp();
  Caller caller(at);
  EXPECT_THAT(caller.line(), StartsWith("220 "));

  stop(10s).get();

  EXPECT_THAT(caller.line(), StartsWith("421 4.3.2"));
  EXPECT_TRUE(caller.is_closed_by_server());
  EXPECT_FALSE(Caller(at).is_connected());
  EXPECT_FALSE(std::filesystem::exists(socket_));
}

TEST_F(ServerTest, LetsAMessageFinishWhenItStops) {
  ASSERT_TRUE(start().has_value());
  Caller busy(tcp());
  Caller idle(tcp());
  begin_message(busy);
  EXPECT_THAT(idle.line(), StartsWith("220 "));
  auto stopped = stop(10s);
  EXPECT_THAT(idle.line(), StartsWith("421 4.3.2"));

  const auto answer = busy.say("Subject: x\r\n\r\nbody\r\n.\r\n");

  EXPECT_THAT(answer, StartsWith("250 2.0.0 queued as "));
  EXPECT_THAT(busy.line(), StartsWith("421 4.3.2"));
  stopped.get();
  EXPECT_EQ(store_.messages().size(), 1U);
}

TEST_F(ServerTest, CutsAMessageThatDoesNotFinishWithinTheGrace) {
  ASSERT_TRUE(start().has_value());
  Caller caller(tcp());
  begin_message(caller);
  caller.send("Subject: x\r\n");

  stop(50ms).get();

  EXPECT_TRUE(caller.is_closed_by_server());
  EXPECT_TRUE(store_.messages().empty());
}

}  // namespace
}  // namespace greyhound::intake
