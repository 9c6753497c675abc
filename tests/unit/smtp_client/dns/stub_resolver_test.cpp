// The stub that believes the AD bit, against a real validating resolver before signed zones, and
// against liars.
#include "smtp_client/dns/stub_resolver.hpp"

#include <gmock/gmock.h>

#include "runtime/task_group.hpp"
#include "unit/smtp_client/dns/cancelled_question.hpp"
#include "unit/smtp_client/dns/signed_dns_fixture.hpp"
#include "unit/smtp_client/dns/udp_peer.hpp"

namespace greyhound::smtp {
namespace {

using peers::ValidatingResolver;
using testing::HasSubstr;
using testing::SizeIs;

class StubResolverTest : public SignedDnsTest {
 protected:
  static void SetUpTestSuite() {
    SignedDnsTest::SetUpTestSuite();
    // Cuts every answer that was short enough in the days before EDNS.
    if (zones) validating = ValidatingResolver::start(*zones, "  max-udp-size: 512\n", why_not);
  }
  static void TearDownTestSuite() {
    validating.reset();
    SignedDnsTest::TearDownTestSuite();
  }

  void SetUp() override {
    if (!validating) GTEST_SKIP() << why_not;
    resolver = make({validating->endpoint()});
  }

  std::unique_ptr<Resolver> make(std::vector<Endpoint> servers,
                                 std::chrono::milliseconds timeout = std::chrono::seconds(8)) {
    const DnsSettings settings{
        .servers = std::move(servers), .dnssec = Dnssec::trust_ad, .timeout = timeout};
    return make_stub_resolver(loop.get_executor(), settings, clock, random);
  }

  static inline std::unique_ptr<ValidatingResolver> validating;
  Random random{7};
  std::unique_ptr<Resolver> resolver;
};

TEST_F(StubResolverTest, BelievesTheWordOfTheServer) {
  const auto mx = run(resolver->mx("d.good.test"));
  const auto a = run(resolver->a("mx.good.test"));
  const auto aaaa = run(resolver->aaaa("MX.good.test"));
  const auto tlsa = run(resolver->tlsa("_25._tcp.mx.good.test"));

  ASSERT_THAT(mx.records, SizeIs(1)) << mx.reason;
  EXPECT_EQ(mx.records[0].exchange, "mx.good.test");
  EXPECT_TRUE(mx.is_secure);
  ASSERT_THAT(a.records, SizeIs(1));
  EXPECT_EQ(a.records[0].to_string(), "192.0.2.1");
  EXPECT_TRUE(a.is_secure);
  ASSERT_THAT(aaaa.records, SizeIs(1));
  EXPECT_EQ(aaaa.records[0].to_string(), "2001:db8::1");
  EXPECT_THAT(tlsa.records, SizeIs(2));
  EXPECT_TRUE(tlsa.is_secure);
}

TEST_F(StubResolverTest, TakesNothingForSecureThatIsNot) {
  const auto a = run(resolver->a("mx.plain.test"));
  const auto outside = run(resolver->a("out.good.test"));

  EXPECT_EQ(a.status, DnsStatus::found) << a.reason;
  EXPECT_FALSE(a.is_secure);
  EXPECT_FALSE(outside.is_secure);
  EXPECT_EQ(outside.canonical, "mx.plain.test");
}

TEST_F(StubResolverTest, FollowsAliases) {
  const auto answer = run(resolver->a("alias.good.test"));

  EXPECT_THAT(answer.records, SizeIs(1));
  EXPECT_TRUE(answer.is_secure);
  EXPECT_EQ(answer.canonical, "mx.good.test");
}

TEST_F(StubResolverTest, TellsNoDataFromNoSuchName) {
  EXPECT_EQ(run(resolver->tlsa("mx.good.test")).status, DnsStatus::no_data);
  EXPECT_EQ(run(resolver->mx("alias.good.test")).status, DnsStatus::no_data);
  EXPECT_EQ(run(resolver->tlsa("_25._tcp.d.good.test")).status, DnsStatus::no_such_name);
}

TEST_F(StubResolverTest, FailsForNowWhereTheServerFoundDataBogus_Line127) {
  for (const std::string zone : {"other.test", "expired.test"}) {
    const auto answer = run(resolver->tlsa("_25._tcp.mx." + zone));

    EXPECT_EQ(answer.status, DnsStatus::failed);
    EXPECT_EQ(answer.reason, "TLSA of _25._tcp.mx." + zone + ": SERVFAIL");
  }
}

TEST_F(StubResolverTest, AsksByTcpForWhatWasCut) {
  const auto answer = run(resolver->a("many.good.test"));

  EXPECT_THAT(answer.records, SizeIs(many)) << answer.reason;
  EXPECT_TRUE(answer.is_secure);
}

TEST_F(StubResolverTest, PassesOverWhatAnswersAnotherQuestion) {
  UdpPeer liar([](const std::string& question, const UdpPeer::Reply& reply) {
    auto other_id = question;
    other_id[0] = static_cast<char>(other_id[0] ^ 1);
    other_id[2] = static_cast<char>(other_id[2] | '\x80');  // an answer,
    other_id[3] = '\x03';                                   // NXDOMAIN
    auto other_name = question;
    other_name[2] = static_cast<char>(other_name[2] | '\x80');
    other_name[3] = '\x03';
    other_name[13] = 'z';
    reply("nonsense");
    reply("");
    reply(other_id);
    reply(other_name);
    reply(question);  // no answer at all
    reply(ask_over_udp(validating->endpoint(), question));
  });

  const auto answer = run(make({liar.endpoint()})->a("mx.good.test"));

  EXPECT_EQ(answer.status, DnsStatus::found) << answer.reason;
  EXPECT_TRUE(answer.is_secure);
}

TEST_F(StubResolverTest, AsksAgainWhereAnAnswerWasLost) {
  int asked = 0;
  UdpPeer forgetful([&asked](const std::string& question, const UdpPeer::Reply& reply) {
    if (++asked == 2) reply(ask_over_udp(validating->endpoint(), question));
  });

  EXPECT_EQ(run(make({forgetful.endpoint()}, std::chrono::seconds(2))->a("mx.good.test")).status,
            DnsStatus::found);
}

TEST_F(StubResolverTest, GoesToTheNextServerWhereOneIsSilentOrDeadOrRefuses) {
  UdpPeer silent([](const std::string&, const UdpPeer::Reply&) {});
  UdpPeer refusing([](std::string answer, const UdpPeer::Reply& reply) {
    answer[2] = static_cast<char>(answer[2] | '\x80');
    answer[3] = '\x05';
    reply(answer);
  });

  for (const auto& broken :
       {silent.endpoint(), peers::unused_udp_endpoint(), refusing.endpoint()}) {
    const auto servers = make({broken, validating->endpoint()}, std::chrono::seconds(2));
    EXPECT_EQ(run(servers->a("mx.good.test")).status, DnsStatus::found);
  }
}

TEST_F(StubResolverTest, FailsForNowWhereNobodyAnswersInTime) {
  UdpPeer silent([](const std::string&, const UdpPeer::Reply&) {});
  const auto lone = make({silent.endpoint()}, std::chrono::milliseconds(200));

  const auto answer = run(lone->mx("d.good.test"));

  EXPECT_EQ(answer.status, DnsStatus::failed);
  EXPECT_THAT(answer.reason, HasSubstr("MX of d.good.test: "));
  EXPECT_THAT(answer.reason, HasSubstr("no answer within"));
}

TEST_F(StubResolverTest, FailsAtOnceWhereNobodyListens) {
  const auto lone = make({peers::unused_udp_endpoint()}, std::chrono::minutes(5));

  EXPECT_EQ(run(lone->mx("d.good.test")).status, DnsStatus::failed);
}

TEST_F(StubResolverTest, RefusesToAskForWhatIsNoName) {
  for (const auto* name : {"", "a b.test", "a..test", "-.test", "x\r\ny"}) {
    EXPECT_EQ(run(resolver->mx(name)).status, DnsStatus::failed) << name;
  }
}

// What stands in front of a domain, such as _mta-sts, may make it longer than 253 octets.
TEST_F(StubResolverTest, KnowsThatANameTooLongForTheDnsIsNotInIt) {
  const auto lone = make({peers::unused_udp_endpoint()}, std::chrono::minutes(5));
  const std::string label(63, 'a');
  const auto most = label + "." + label + "." + label + "." + label.substr(2);

  EXPECT_EQ(run(lone->mx(most)).status, DnsStatus::failed);  // it was asked for
  EXPECT_EQ(run(lone->mx(most + "a")).status, DnsStatus::no_such_name);
}

TEST_F(StubResolverTest, EndsAQuestionThatIsCancelled) {
  UdpPeer silent([](const std::string&, const UdpPeer::Reply&) {});
  const auto lone = make({silent.endpoint()}, std::chrono::minutes(5));

  EXPECT_TRUE(ends_when_cancelled(loop, *lone, "d.good.test"));
}

}  // namespace
}  // namespace greyhound::smtp
