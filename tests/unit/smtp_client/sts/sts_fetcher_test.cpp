// Policies by HTTPS from a real server on loopback, with certificates made for the test.
#include "smtp_client/sts/sts_fetcher.hpp"

#include <chrono>
#include <fstream>
#include <map>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "peers/https_server.hpp"
#include "peers/scripted_receiver.hpp"
#include "runtime/socket_stream.hpp"
#include "runtime/task_group.hpp"
#include "runtime/wake_signal.hpp"
#include "unit/smtp_client/attempt_fixture.hpp"
#include "unit/smtp_client/dns/no_resolver.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::smtp {
namespace {

using namespace std::chrono_literals;
using peers::HttpsServer;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class AddressResolver final : public NoResolver {
 public:
  std::vector<std::string> v4 = {"127.0.0.1"};
  std::vector<std::string> v6 = {};
  std::string asked;

  Awaitable<DnsAnswer<IpAddress>> a(std::string host) override {
    asked = host;
    co_return to_answer(v4);
  }
  Awaitable<DnsAnswer<IpAddress>> aaaa(std::string) override { co_return to_answer(v6); }

 private:
  static DnsAnswer<IpAddress> to_answer(const std::vector<std::string>& texts) {
    DnsAnswer<IpAddress> answer{.status = DnsStatus::no_data};
    for (const auto& text : texts) {
      answer.status = DnsStatus::found;
      answer.records.push_back(IpAddress::parse(text).value());
    }
    return answer;
  }
};

// Never answers.
class SilentResolver final : public NoResolver {
 public:
  explicit SilentResolver(const Executor& loop) : never_(loop) {}
  Awaitable<DnsAnswer<IpAddress>> a(std::string) override {
    ++asked;
    co_await never_.wait();
    co_return DnsAnswer<IpAddress>{.status = DnsStatus::failed};
  }
  std::size_t asked = 0;

 private:
  WakeSignal never_;
};

class StsFetcherTest : public testing::Test {
 protected:
  StsFetcherTest() {
    const auto ca_file = folder_.path() / "ca.pem";
    std::ofstream(ca_file) << authority.pem();
    tls_ = TlsClient::make(ca_file).value();
  }

  // The text, or why not.
  std::string fetch(const Endpoint& server) {
    limits.port = server.port;
    StsFetcher fetcher(
        loop_.get_executor(),
        {.settings = settings, .resolver = dns, .network = network_, .tls = *tls_, .clock = clock_},
        limits);
    auto text = boost::asio::co_spawn(loop_, fetcher.fetch("d.example"), boost::asio::use_future);
    loop_.restart();
    loop_.run();
    const auto result = text.get();
    return result ? *result : result.error().what;
  }

  std::string fetch_response(const std::string& response) {
    const HttpsServer server(authority.issue("mta-sts.d.example"), response);
    return fetch(server.endpoint());
  }

  // So many at once, of which nothing comes until they are told to stop.
  std::size_t begun_before_the_end(std::size_t fetches) {
    SilentResolver silent(loop_.get_executor());
    StsFetcher fetcher(loop_.get_executor(),
                       {.settings = settings,
                        .resolver = silent,
                        .network = network_,
                        .tls = *tls_,
                        .clock = clock_},
                       limits);
    TaskGroup tasks(loop_.get_executor());
    for (std::size_t i = 0; i < fetches; ++i)
      tasks.spawn("fetch", fetch_with(fetcher));
    loop_.poll();
    tasks.cancel();
    loop_.run();
    EXPECT_EQ(tasks.size(), 0U);
    return silent.asked;
  }

  const peers::Authority authority;
  SmtpSettings settings;
  AddressResolver dns;
  StsFetcher::Limits limits{.port = 0, .whole = 10s, .connect = 5s};

 private:
  static Awaitable<> fetch_with(StsFetcher& fetcher) { (void)co_await fetcher.fetch("d.example"); }

  const world::TempFolder folder_;
  boost::asio::io_context loop_{1};
  TcpNetwork network_;
  SystemClock clock_;
  std::unique_ptr<TlsClient> tls_;
};

TEST_F(StsFetcherTest, GetsTheTextFromTheHostOfThePolicyDomain_Line139) {
  const HttpsServer server(authority.issue("mta-sts.d.example"), HttpsServer::ok("version: x"));

  EXPECT_EQ(fetch(server.endpoint()), "version: x");

  EXPECT_EQ(dns.asked, "mta-sts.d.example");
  ASSERT_THAT(server.requests(), SizeIs(1));
  const auto request = server.requests()[0];
  EXPECT_EQ(request.server_name, "mta-sts.d.example");
  EXPECT_THAT(request.head, StartsWith("GET /.well-known/mta-sts.txt HTTP/1.1\r\n"));
  EXPECT_THAT(request.head, HasSubstr("\r\nHost: mta-sts.d.example\r\n"));
}

TEST_F(StsFetcherTest, TrustsNoCertificateForAnotherName_Line139) {
  for (const auto* name : {"d.example", "www.d.example", "mta-sts.e.example"}) {
    const HttpsServer server(authority.issue(name), HttpsServer::ok("version: x"));

    EXPECT_EQ(fetch(server.endpoint()), "mta-sts.d.example: certificate: hostname mismatch");
    EXPECT_THAT(server.requests(), IsEmpty());
  }
}

TEST_F(StsFetcherTest, TrustsNoCertificateThatHasExpiredOrThatNobodyWeKnowSigned_Line139) {
  const HttpsServer stale(authority.issue_stale("mta-sts.d.example"), HttpsServer::ok("x"));
  const peers::Authority stranger;
  const HttpsServer strange(stranger.issue("mta-sts.d.example"), HttpsServer::ok("x"));

  EXPECT_EQ(fetch(stale.endpoint()), "mta-sts.d.example: certificate: certificate has expired");
  EXPECT_THAT(fetch(strange.endpoint()), HasSubstr("mta-sts.d.example: certificate: "));
}

TEST_F(StsFetcherTest, FollowsNoRedirect_Line139) {
  const HttpsServer elsewhere(authority.issue("mta-sts.d.example"), HttpsServer::ok("x"));
  const auto there = std::to_string(elsewhere.endpoint().port);

  EXPECT_EQ(fetch_response("HTTP/1.1 301 Moved\r\nLocation: https://mta-sts.d.example:" + there +
                           "/.well-known/mta-sts.txt\r\nContent-Length: 0\r\n\r\n"),
            "mta-sts.d.example: HTTP response: status 301");
  EXPECT_THAT(elsewhere.requests(), IsEmpty());
}

TEST_F(StsFetcherTest, TakesNothingButAWholePlainText) {
  EXPECT_EQ(fetch_response("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
            "mta-sts.d.example: HTTP response: status 404");
  EXPECT_EQ(fetch_response(HttpsServer::ok("version: x", "text/html")),
            "mta-sts.d.example: HTTP response: media type is not text/plain");
  EXPECT_EQ(fetch_response(HttpsServer::ok(std::string(64 * 1024 + 1, 'x'))),
            "mta-sts.d.example: HTTP response: body limit exceeded");
}

TEST_F(StsFetcherTest, TakesNoTextThatIsCutAnywhere) {
  const auto whole = HttpsServer::ok("version: x");
  HttpsServer server(authority.issue("mta-sts.d.example"), whole);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    server.answer(whole.substr(0, size));
    EXPECT_EQ(fetch(server.endpoint()), "mta-sts.d.example: connection closed by the other end")
        << size;
  }
}

TEST_F(StsFetcherTest, WaitsForASlowServerNoLongerThanItsLimit_Line139) {
  HttpsServer server(authority.issue("mta-sts.d.example"), "");
  server.hold_back();
  limits.whole = 200ms;

  EXPECT_EQ(fetch(server.endpoint()), "mta-sts.d.example: no answer within 200ms");
}

TEST_F(StsFetcherTest, TriesAddressesOfBothFamiliesInTurn) {
  const HttpsServer server(authority.issue("mta-sts.d.example"), HttpsServer::ok("version: x"));

  dns.v4 = {"127.0.0.77", "127.0.0.1"};
  EXPECT_EQ(fetch(server.endpoint()), "version: x");
  dns.v4 = {"127.0.0.77"};
  dns.v6 = {"::1"};
  EXPECT_THAT(fetch(server.endpoint()), StartsWith("mta-sts.d.example: [::1]:"));
  settings.family = AddressFamily::v6;
  dns.v4 = {"127.0.0.1"};
  dns.v6 = {};
  EXPECT_EQ(fetch(server.endpoint()), "mta-sts.d.example: no address");
}

TEST_F(StsFetcherTest, GoesNowhereThatIsDenied) {
  const HttpsServer server(authority.issue("mta-sts.d.example"), HttpsServer::ok("version: x"));
  settings.deny_targets = {IpNetwork::parse("127.0.0.0/8").value()};

  EXPECT_EQ(fetch(server.endpoint()), "mta-sts.d.example: its address is in smtp.deny_targets");

  dns.v6 = {"::ffff:127.0.0.1"};
  EXPECT_EQ(fetch(server.endpoint()), "mta-sts.d.example: its address is in smtp.deny_targets");
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(StsFetcherTest, SaysSoWhereNobodySpeaksTls) {
  const peers::ScriptedReceiver receiver(peers::Script{});

  EXPECT_THAT(fetch(receiver.endpoint()), StartsWith("mta-sts.d.example: "));
}

TEST_F(StsFetcherTest, StopsThoseWhoWaitForTheirTurnAsWellAsThoseUnderWay) {
  EXPECT_EQ(begun_before_the_end(StsFetcher::max_at_once + 20), StsFetcher::max_at_once);
}

}  // namespace
}  // namespace greyhound::smtp
