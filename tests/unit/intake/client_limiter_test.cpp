#include "intake/client_limiter.hpp"

#include <gtest/gtest.h>

#include "session_world.hpp"

namespace greyhound::intake {
namespace {

using namespace std::chrono_literals;

Client from(std::string_view address) {
  return {.address = IpAddress::parse(address)};
}

TEST(ClientKey, TakesAnAddressANetworkOf64BitsOrAUserForOneClient) {
  EXPECT_NE(client_key(from("192.0.2.1")), client_key(from("192.0.2.2")));
  EXPECT_EQ(client_key(from("2001:db8::1")), client_key(from("2001:db8::ffff:1")));
  EXPECT_NE(client_key(from("2001:db8::1")), client_key(from("2001:db8:0:1::1")));
  EXPECT_NE(client_key({.uid = 1}), client_key({.uid = 2}));
}

class ClientLimiterTest : public ::testing::Test {
 protected:
  bool allows(Awaitable<bool> question) {
    std::optional<bool> allowed;
    tasks_.spawn("question", runtime::keep_value(std::move(question), &allowed));
    time_.run_for(Duration(0));
    return allowed.value();
  }

  world::VirtualTime time_{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
  TaskGroup tasks_{time_.loop()};
};

TEST_F(ClientLimiterTest, CountsSessionsOfEachClientAlone) {
  ClientLimiter limiter(time_.loop(), {.sessions = 2}, time_);

  EXPECT_TRUE(limiter.take_session("a"));
  EXPECT_TRUE(limiter.take_session("a"));
  EXPECT_FALSE(limiter.take_session("a"));
  EXPECT_TRUE(limiter.take_session("b"));
  limiter.give_session("a");
  EXPECT_TRUE(limiter.take_session("a"));
}

TEST_F(ClientLimiterTest, AllowsAMinutesWorthAtOnceAndThenAsMuchAsTheTimeBrings) {
  ClientLimiter limiter(time_.loop(), {.messages_per_minute = 6}, time_);

  for (int i = 0; i < 6; ++i)
    EXPECT_TRUE(allows(limiter.allows_message("a"))) << i;
  EXPECT_FALSE(allows(limiter.allows_message("a")));
  EXPECT_TRUE(allows(limiter.allows_message("b")));
  time_.run_for(9s);
  EXPECT_FALSE(allows(limiter.allows_message("a")));
  time_.run_for(1s);
  EXPECT_TRUE(allows(limiter.allows_message("a")));
  EXPECT_FALSE(allows(limiter.allows_message("a")));
  time_.run_for(1h);
  for (int i = 0; i < 6; ++i)
    EXPECT_TRUE(allows(limiter.allows_message("a"))) << i;
  EXPECT_FALSE(allows(limiter.allows_message("a")));
}

TEST_F(ClientLimiterTest, ForgetsClientsThatAreLongGone) {
  ClientLimiter limiter(time_.loop(), {.messages_per_minute = 1}, time_);
  for (std::size_t i = 0; i <= ClientLimiter::most_clients; ++i)
    allows(limiter.allows_message(std::to_string(i)));
  time_.run_for(2min);

  EXPECT_TRUE(allows(limiter.allows_message("one more")));

  EXPECT_EQ(limiter.known_clients(), 1U);
}

class SessionRates : public SessionTest {
 protected:
  void limit(const ClientLimits& limits) { limiter_.emplace(time_.loop(), limits, time_); }
};

TEST_F(SessionRates, PutOffMessagesAboveTheLimitOfAMinute) {
  limit({.messages_per_minute = 1});
  connect();
  send("EHLO client.example\r\n");

  EXPECT_EQ(send("MAIL FROM:<a@b.example>\r\n").substr(0, 3), "250");
  send("RSET\r\n");
  EXPECT_EQ(send("MAIL FROM:<a@b.example>\r\n"),
            "451 4.7.1 too many messages in a minute, try again later\r\n");
  EXPECT_EQ(send("RCPT TO:<c@d.example>\r\n").substr(0, 3), "503");
  pass(60s);
  EXPECT_EQ(send("MAIL FROM:<a@b.example>\r\n").substr(0, 3), "250");
}

TEST_F(SessionRates, PutOffRecipientsAboveTheLimitOfAMinute) {
  limit({.recipients_per_minute = 1});
  connect();
  send("EHLO client.example\r\nMAIL FROM:<a@b.example>\r\n");

  EXPECT_EQ(send("RCPT TO:<c@d.example>\r\n").substr(0, 3), "250");
  EXPECT_EQ(send("RCPT TO:<e@d.example>\r\n"),
            "451 4.7.1 too many recipients in a minute, try again later\r\n");
}

}  // namespace
}  // namespace greyhound::intake
