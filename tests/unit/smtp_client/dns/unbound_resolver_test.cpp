// The real resolver against a real DNS server with zones of our own.
#include "smtp_client/dns/unbound_resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "peers/dns_server.hpp"
#include "runtime/task_group.hpp"
#include "unit/smtp_client/attempt_fixture.hpp"
#include "unit/smtp_client/dns/cancelled_question.hpp"

namespace greyhound::smtp {
namespace {

using testing::HasSubstr;

constexpr const char* test_zone =
    "d IN MX 20 mx2\nd IN MX 10 MX1\nmx1 IN A 192.0.2.1\nmx1 IN AAAA 2001:db8::1\n"
    "mx2 IN A 192.0.2.2\nmx2 IN A 192.0.2.3\nbare IN A 192.0.2.4\nnull IN MX 0 .\n"
    "alias IN CNAME d\nlost IN CNAME nowhere\ntext IN TXT \"only\"\n"
    "_mta-sts.text IN TXT \"v=STSv1; \" \"id=1;\"\n_mta-sts.text IN TXT \"other\"\nself.check IN A "
    "192.0.2.5\n";

class UnboundResolverTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = peers::DnsServer::start({{"zone.test", test_zone},
                                      {"moving.test", "here IN A 192.0.2.9\n"},
                                      {"localhost", "@ IN A 192.0.2.10\n"}},
                                     why_not);
  }
  static void TearDownTestSuite() { server.reset(); }

  void SetUp() override {
    if (!server) GTEST_SKIP() << why_not;
    resolver = make({server->endpoint()}, std::chrono::seconds(5));
  }

  std::unique_ptr<Resolver> make(std::vector<Endpoint> servers, std::chrono::milliseconds timeout) {
    const DnsSettings settings{
        .servers = std::move(servers), .dnssec = Dnssec::off, .timeout = timeout};
    auto made = make_unbound_resolver(loop.get_executor(), settings, clock);
    return made ? std::move(*made) : nullptr;
  }

  template <class T>
  T run(Awaitable<T> work) {
    auto result = boost::asio::co_spawn(loop, std::move(work), boost::asio::use_future);
    loop.restart();
    loop.run();  // also shows that nothing keeps the loop busy after the answer
    return result.get();
  }

  static inline std::unique_ptr<peers::DnsServer> server;
  static inline std::string why_not;
  boost::asio::io_context loop{1};
  runtime::SystemClock clock;
  std::unique_ptr<Resolver> resolver;
};

TEST_F(UnboundResolverTest, FindsTheMxRecordsInLowerCase) {
  auto answer = run(resolver->mx("d.zone.test"));

  ASSERT_EQ(answer.status, DnsStatus::found) << answer.reason;
  std::map<int, std::string> by_preference;
  for (const auto& record : answer.records)
    by_preference[record.preference] = record.exchange;
  EXPECT_EQ(by_preference,
            (std::map<int, std::string>{{10, "mx1.zone.test"}, {20, "mx2.zone.test"}}));
  EXPECT_FALSE(answer.is_secure);
}

TEST_F(UnboundResolverTest, FindsAddressesOfBothFamilies) {
  const auto v4 = run(resolver->a("mx1.zone.test"));
  const auto v6 = run(resolver->aaaa("mx1.zone.test"));
  const auto two = run(resolver->a("mx2.zone.test"));

  ASSERT_EQ(v4.records.size(), 1U);
  EXPECT_EQ(v4.records[0].to_string(), "192.0.2.1");
  ASSERT_EQ(v6.records.size(), 1U);
  EXPECT_EQ(v6.records[0].to_string(), "2001:db8::1");
  EXPECT_EQ(two.records.size(), 2U);
}

TEST_F(UnboundResolverTest, TellsNoDataFromNoSuchName) {
  EXPECT_EQ(run(resolver->mx("bare.zone.test")).status, DnsStatus::no_data);
  EXPECT_EQ(run(resolver->a("text.zone.test")).status, DnsStatus::no_data);
  EXPECT_EQ(run(resolver->mx("nothing.zone.test")).status, DnsStatus::no_such_name);
}

TEST_F(UnboundResolverTest, FindsTextsAndJoinsTheStringsOfEach) {
  const auto one = run(resolver->txt("text.zone.test"));
  const auto two = run(resolver->txt("_mta-sts.text.zone.test"));

  EXPECT_THAT(one.records, testing::ElementsAre("only"));
  EXPECT_THAT(two.records, testing::UnorderedElementsAre("v=STSv1; id=1;", "other"));
  EXPECT_EQ(run(resolver->txt("bare.zone.test")).status, DnsStatus::no_data);
  EXPECT_EQ(run(resolver->txt("nothing.zone.test")).status, DnsStatus::no_such_name);
}

TEST_F(UnboundResolverTest, FindsTheNullMx) {
  const auto answer = run(resolver->mx("null.zone.test"));

  ASSERT_EQ(answer.records.size(), 1U);
  EXPECT_EQ(answer.records[0].preference, 0);
  EXPECT_EQ(answer.records[0].exchange, "");
}

TEST_F(UnboundResolverTest, FollowsAliases_Line29) {
  EXPECT_EQ(run(resolver->mx("alias.zone.test")).records.size(), 2U);
  EXPECT_EQ(run(resolver->mx("lost.zone.test")).status, DnsStatus::no_such_name);
}

TEST_F(UnboundResolverTest, FailsForNowWhereTheServerRefuses_Line31) {
  const auto answer = run(resolver->mx("d.other.example"));

  EXPECT_EQ(answer.status, DnsStatus::failed);
  EXPECT_THAT(answer.reason, HasSubstr("MX of d.other.example: "));
}

TEST_F(UnboundResolverTest, FailsForNowWhereTheServerIsDead) {
  const auto lone = make({peers::unused_udp_endpoint()}, std::chrono::milliseconds(200));

  const auto answer = run(lone->mx("d.zone.test"));

  EXPECT_EQ(answer.status, DnsStatus::failed);
  EXPECT_THAT(answer.reason, HasSubstr("MX of d.zone.test: "));
}

TEST_F(UnboundResolverTest, AnswersNothingByItself) {
  const auto answer = run(resolver->a("localhost"));

  ASSERT_EQ(answer.records.size(), 1U);
  EXPECT_EQ(answer.records[0].to_string(), "192.0.2.10");
}

TEST_F(UnboundResolverTest, AsksAgainAfterANegativeAnswer) {
  ASSERT_EQ(run(resolver->a("later.moving.test")).status, DnsStatus::no_such_name);
  server->replace_zone("moving.test", "later IN A 192.0.2.11\n");

  const auto deadline = clock.steady() + std::chrono::seconds(10);
  auto answer = run(resolver->a("later.moving.test"));
  while (answer.status == DnsStatus::no_such_name && clock.steady() < deadline) {
    answer = run(resolver->a("later.moving.test"));
  }

  EXPECT_EQ(answer.status, DnsStatus::found);
}

TEST_F(UnboundResolverTest, RefusesToAskForWhatIsNoName) {
  for (const auto* name : {"", "a b.test", "a..test", "-.test", "x\r\ny"}) {
    EXPECT_EQ(run(resolver->mx(name)).status, DnsStatus::failed) << name;
  }
}

TEST_F(UnboundResolverTest, EndsAQuestionThatIsCancelled) {
  const auto lone = make({peers::unused_udp_endpoint()}, std::chrono::minutes(5));

  EXPECT_TRUE(ends_when_cancelled(loop, *lone, "d.zone.test"));
}

TEST_F(UnboundResolverTest, AnswersManyQuestionsAtOnce) {
  int found = 0;
  TaskGroup tasks(loop.get_executor());
  const auto ask = [](Resolver* asked, int* count) -> Awaitable<> {
    const auto answer = co_await asked->mx("d.zone.test");
    if (answer.status == DnsStatus::found) ++*count;
  };

  for (int i = 0; i < 200; ++i)
    tasks.spawn("ask", ask(resolver.get(), &found));
  loop.run();

  EXPECT_EQ(found, 200);
}

TEST_F(UnboundResolverTest, CanBeDroppedWithAQuestionOpen) {
  auto lone = make({peers::unused_udp_endpoint()}, std::chrono::minutes(5));
  auto result = boost::asio::co_spawn(loop, lone->mx("d.zone.test"), boost::asio::use_future);
  loop.poll();

  lone.reset();
  resolver.reset();

  EXPECT_TRUE(result.valid());
}

}  // namespace
}  // namespace greyhound::smtp
