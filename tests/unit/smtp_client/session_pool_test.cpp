// Which session is taken, and which has to go.
#include "smtp_client/session_pool.hpp"

#include <chrono>
#include <memory>

#include <gtest/gtest.h>

#include "unit/smtp_client/silent_stream.hpp"

namespace greyhound::smtp {
namespace {

using namespace std::chrono_literals;
using mail::TlsLevel;

class SessionPoolTest : public testing::Test {
 protected:
  static Endpoint at(const std::string& text) { return *Endpoint::parse(text, 25); }

  IdleSession session(const std::string& host = "mx1.test",
                      const std::string& remote = "192.0.2.1",
                      const std::string& source = "192.0.2.9",
                      TlsLevel level = TlsLevel::opportunistic,
                      mail::Dane dane = {},
                      std::shared_ptr<const mail::Credentials> login = {}) {
    auto stream = std::make_unique<SilentStream>(at(source), at(remote));
    const Session::Parts parts{.settings = settings, .tls = **tls};
    TlsPeer peer{.name = host, .level = level, .dane = std::move(dane)};
    return {.session = std::make_unique<Session>(
                parts, std::move(stream), std::move(peer), now, std::move(login))};
  }

  static SessionKind kind() {
    return {.peer = {.name = "mx1.test"},
            .remote = at("192.0.2.1"),
            .source = std::nullopt,
            .credentials = nullptr};
  }

  SmtpSettings settings;
  Result<std::unique_ptr<TlsClient>> tls = TlsClient::make(std::nullopt);
  SteadyInstant now{};
  SessionPool pool{{.idle = 5s, .per_site = 2, .total = 3}};
};

TEST_F(SessionPoolTest, GivesTheOneThatWaitedLeast) {
  auto first = session();
  auto second = session();
  const auto* const later = second.session.get();
  pool.put("site", std::move(first), now);
  pool.put("site", std::move(second), now);

  EXPECT_EQ(pool.take("site", kind())->session.get(), later);
  EXPECT_TRUE(pool.take("site", kind()));
  EXPECT_FALSE(pool.take("site", kind()));
  EXPECT_EQ(pool.size(), 0U);
}

TEST_F(SessionPoolTest, GivesNoneOfAnotherKind_Line146) {
  const auto is_taken = [this](IdleSession put, const SessionKind& wanted) {
    pool.put("site", std::move(put), now);
    const bool taken = pool.take("site", wanted).has_value();
    pool.take_all();
    return taken;
  };
  auto from_there = kind();
  from_there.source = IpAddress::parse("192.0.2.9");

  EXPECT_TRUE(is_taken(session(), kind()));
  EXPECT_TRUE(is_taken(session(), from_there));
  EXPECT_FALSE(is_taken(session("mx2.test"), kind()));
  EXPECT_FALSE(is_taken(session("mx1.test", "192.0.2.2"), kind()));
  EXPECT_FALSE(is_taken(session("mx1.test", "192.0.2.1", "192.0.2.8"), from_there));
  EXPECT_FALSE(is_taken(session("mx1.test", "192.0.2.1", "192.0.2.9", TlsLevel::verify), kind()));
}

TEST_F(SessionPoolTest, GivesNoneThatWasHeldAgainstOtherTlsaRecords_Line146) {
  const mail::Dane before{.names = {"mx1.test"}, .records = {{3, 1, 1, {1, 2, 3}}}};
  const mail::Dane now_wanted{.names = {"mx1.test"}, .records = {{3, 1, 1, {4, 5, 6}}}};
  const auto put = [this](const mail::Dane& dane) {
    pool.put("site", session("mx1.test", "192.0.2.1", "192.0.2.9", TlsLevel::dane, dane), now);
  };
  auto wanted = kind();
  wanted.peer.level = TlsLevel::dane;
  wanted.peer.dane = now_wanted;

  put(before);
  EXPECT_FALSE(pool.take("site", wanted));
  EXPECT_FALSE(pool.take("site", kind()));
  put(now_wanted);
  EXPECT_TRUE(pool.take("site", wanted));
}

// Two routes may have the same next hop, and even the same user.
TEST_F(SessionPoolTest, GivesNoneThatIsLoggedInForAnotherRoute_Line146) {
  const auto login = [] {
    return std::make_shared<const mail::Credentials>(
        mail::Credentials{"user", mail::Password("secret"), {}});
  };
  const auto ours = login();
  const auto put = [this](std::shared_ptr<const mail::Credentials> with) {
    pool.take_all();
    pool.put("site",
             session("mx1.test", "192.0.2.1", "192.0.2.9", TlsLevel::verify, {}, std::move(with)),
             now);
  };
  auto wanted = kind();
  wanted.peer.level = TlsLevel::verify;

  put(ours);
  EXPECT_FALSE(pool.take("site", wanted));
  wanted.credentials = login();
  EXPECT_FALSE(pool.take("site", wanted));
  wanted.credentials = ours;
  EXPECT_TRUE(pool.take("site", wanted));
  put(nullptr);
  EXPECT_FALSE(pool.take("site", wanted));
}

TEST_F(SessionPoolTest, GivesNoneThatHasCarriedAsManyMessagesAsItMay) {
  auto wanted = kind();
  wanted.messages = 0;
  pool.put("site", session(), now);

  EXPECT_FALSE(pool.take("site", wanted));
  wanted.messages = 1;
  EXPECT_TRUE(pool.take("site", wanted));
}

TEST_F(SessionPoolTest, GivesNoneOfAnotherSite) {
  pool.put("site", session(), now);

  EXPECT_FALSE(pool.take("other", kind()));
}

TEST_F(SessionPoolTest, GivesBackTheOldestOfAFullSite) {
  auto oldest = session();
  const auto* const first = oldest.session.get();
  EXPECT_FALSE(pool.put("site", std::move(oldest), now));
  EXPECT_FALSE(pool.put("site", session(), now));

  const auto displaced = pool.put("site", session(), now);

  ASSERT_TRUE(displaced);
  EXPECT_EQ(displaced->session.get(), first);
  EXPECT_EQ(pool.size(), 2U);
}

TEST_F(SessionPoolTest, GivesBackTheOldestOfAllWhereAllIsFull) {
  auto oldest = session();
  const auto* const first = oldest.session.get();
  pool.put("a", std::move(oldest), now);
  pool.put("b", session(), now);
  pool.put("c", session(), now);

  const auto displaced = pool.put("d", session(), now);

  ASSERT_TRUE(displaced);
  EXPECT_EQ(displaced->session.get(), first);
  EXPECT_FALSE(pool.take("a", kind()));
  EXPECT_TRUE(pool.take("d", kind()));
}

TEST_F(SessionPoolTest, KeepsNothingWhereNothingMayWait) {
  SessionPool none{{.per_site = 0}};

  EXPECT_TRUE(none.put("site", session(), now));
  EXPECT_EQ(none.size(), 0U);
}

TEST_F(SessionPoolTest, LetsGoOfWhatHasWaitedLongEnough) {
  pool.put("a", session(), now);
  pool.put("b", session(), now + 2s);

  EXPECT_EQ(pool.next_expiry(), now + 5s);
  EXPECT_TRUE(pool.take_expired(now + 4s).empty());
  EXPECT_EQ(pool.take_expired(now + 5s).size(), 1U);
  EXPECT_EQ(pool.next_expiry(), now + 7s);
  EXPECT_TRUE(pool.take("b", kind()));
  EXPECT_EQ(pool.next_expiry(), std::nullopt);
}

}  // namespace
}  // namespace greyhound::smtp
