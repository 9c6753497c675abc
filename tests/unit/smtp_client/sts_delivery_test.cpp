// MTA-STS all the way: a DNS server with the domain's records, a web server with its policy, hosts
// with certificates, and the courier between them.
#include <chrono>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "peers/dns_server.hpp"
#include "peers/https_server.hpp"
#include "peers/scripted_receiver.hpp"
#include "runtime/socket_stream.hpp"
#include "runtime/task_group.hpp"
#include "runtime/wake_signal.hpp"
#include "smtp_client/dns/unbound_resolver.hpp"
#include "smtp_client/smtp_courier.hpp"
#include "smtp_client/sts/sts_fetcher.hpp"
#include "unit/smtp_client/attempt_fixture.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::smtp {
namespace {

using mail::TlsLevel;
using peers::HttpsServer;
using peers::Script;
using peers::ScriptedReceiver;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

// d has a policy, bare has none; their hosts are the same and lie in another domain, as with a
// provider.
constexpr const char* zone =
    "d IN MX 10 mx1.host\nd IN MX 20 mx2.host\n_mta-sts.d IN TXT \"v=STSv1; id=1;\"\n"
    "mta-sts.d IN A 127.0.0.1\nbare IN MX 10 mx1.host\nmx1.host IN A 127.0.0.1\n"
    "mx2.host IN A 127.0.0.1\n";

class RecordingLog final : public EventLog {
 public:
  std::vector<std::string> lines;
  void write(Level, std::string line) override { lines.push_back(std::move(line)); }

  std::vector<std::string> of(const std::string& event) const {
    std::vector<std::string> found;
    for (const auto& line : lines) {
      if (line.starts_with(event)) found.push_back(line);
    }
    return found;
  }
};

// Knows no MX before somebody has asked for a TXT record.
class TxtBeforeMx final : public Resolver {
 public:
  TxtBeforeMx(const Executor& loop, Clock& clock, std::unique_ptr<Resolver> real)
      : clock_(clock), real_(std::move(real)), txt_asked_(loop) {}

  Awaitable<DnsAnswer<MxRecord>> mx(std::string domain) override {
    co_await txt_asked_.wait_at_most(&clock_, std::chrono::seconds(5));
    if (was_asked_) co_return co_await real_->mx(std::move(domain));
    co_return DnsAnswer<MxRecord>{.status = DnsStatus::failed};
  }
  Awaitable<DnsAnswer<std::string>> txt(std::string name) override {
    was_asked_ = true;
    txt_asked_.wake();
    return real_->txt(std::move(name));
  }
  Awaitable<DnsAnswer<IpAddress>> a(std::string host) override { return real_->a(host); }
  Awaitable<DnsAnswer<IpAddress>> aaaa(std::string host) override { return real_->aaaa(host); }
  Awaitable<DnsAnswer<mail::TlsaRecord>> tlsa(std::string name) override {
    return real_->tlsa(name);
  }

 private:
  Clock& clock_;
  std::unique_ptr<Resolver> real_;
  bool was_asked_ = false;
  WakeSignal txt_asked_;
};

std::string policy(const std::string& mode, const std::string& mx) {
  return "version: STSv1\r\nmode: " + mode + "\r\nmx: " + mx + "\r\nmax_age: 86400\r\n";
}

class StsDeliveryTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { dns = peers::DnsServer::start({{"sts.test", zone}}, why_not); }
  static void TearDownTestSuite() { dns.reset(); }

  void SetUp() override {
    if (!dns) GTEST_SKIP() << why_not;
    const auto ca_file = folder_.path() / "ca.pem";
    std::ofstream(ca_file) << authority.pem();
    tls_ = TlsClient::make(ca_file).value();
    const DnsSettings dns_settings{.servers = {dns->endpoint()}, .dnssec = Dnssec::off};
    resolver_ = make_unbound_resolver(loop_.get_executor(), dns_settings, clock_).value();
  }

  void TearDown() override {
    if (!courier_) return;
    run(done(courier_->let_go()));
    run(done(policies_->let_go()));
  }

  void publish(const std::string& text) {
    web =
        std::make_unique<HttpsServer>(authority.issue("mta-sts.d.sts.test"), HttpsServer::ok(text));
  }

  mail::Located locate(const std::string& domain, mail::TlsWish wish = mail::TlsWish::as_usual) {
    if (!courier_) build();
    return run(courier_->locate(domain, std::nullopt, wish));
  }

  void withhold_mx_until_txt_is_asked() {
    resolver_ = std::make_unique<TxtBeforeMx>(loop_.get_executor(), clock_, std::move(resolver_));
  }

  // "mx1.host.sts.test", with a mark where it must prove who it is.
  std::vector<std::string> hosts(const std::string& domain) {
    const auto located = locate(domain);
    const auto* none = std::get_if<mail::NoSite>(&located);
    if (none != nullptr) return {none->outcome.to_string()};
    std::vector<std::string> names;
    for (const auto& host : std::get<mail::Site>(located).hosts)
      names.push_back(host.name + (host.tls == TlsLevel::verify ? " verified" : ""));
    return names;
  }

  // One attempt at a recipient in d, with each host where the test has put it.
  mail::AttemptReport send(const std::map<std::string, Endpoint>& places) {
    auto site = std::get<mail::Site>(locate("d.sts.test"));
    for (auto& host : site.hosts)
      host.endpoints = {places.at(host.name)};
    auto request = a_request({"b@d.sts.test"});
    return run(courier_->attempt(std::move(request), std::move(site)));
  }

  const peers::Authority authority;
  // A session for each message, as the receivers serve one at a time.
  SmtpSettings settings{.hostname = "mail.example.org", .sessions = {.messages = 1}};
  std::unique_ptr<HttpsServer> web;
  RecordingLog log;
  static inline std::unique_ptr<peers::DnsServer> dns;
  static inline std::string why_not;

 private:
  static Awaitable<bool> done(Awaitable<> work) {
    co_await std::move(work);
    co_return true;
  }

  template <class T>
  T run(Awaitable<T> work) {
    auto result = boost::asio::co_spawn(loop_, std::move(work), boost::asio::use_future);
    loop_.restart();
    while (result.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
      loop_.run_one();
    return result.get();
  }

  void build() {
    const StsFetcher::Limits limits{.port = web ? web->endpoint().port : std::uint16_t{1}};
    fetcher_ = std::make_unique<StsFetcher>(loop_.get_executor(),
                                            StsFetcher::Parts{.settings = settings,
                                                              .resolver = *resolver_,
                                                              .network = network_,
                                                              .tls = *tls_,
                                                              .clock = clock_},
                                            limits);
    policies_ = std::make_unique<StsPolicies>(loop_.get_executor(),
                                              folder_.path() / "mta-sts",
                                              StsPolicies::Parts{.resolver = *resolver_,
                                                                 .source = *fetcher_,
                                                                 .clock = clock_,
                                                                 .log = log,
                                                                 .disk = loop_.get_executor()});
    policies_->load();
    const CourierParts parts{.loops = loops_,
                             .resolver = *resolver_,
                             .network = network_,
                             .clock = clock_,
                             .random = random_,
                             .log = log,
                             .tls = *tls_,
                             .sts = policies_.get()};
    courier_ = make_smtp_courier(loop_.get_executor(), settings, parts);
  }

  const world::TempFolder folder_;
  boost::asio::io_context loop_{1};
  Loops loops_{loop_.get_executor()};
  TcpNetwork network_;
  SystemClock clock_;
  Random random_{1};
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<TlsClient> tls_;
  std::unique_ptr<StsFetcher> fetcher_;
  std::unique_ptr<StsPolicies> policies_;
  std::unique_ptr<mail::Courier> courier_;
};

constexpr const char* mx1 = "mx1.host.sts.test";
constexpr const char* mx2 = "mx2.host.sts.test";

TEST_F(StsDeliveryTest, AsksForThePolicyAlongWithTheMx) {
  publish(policy("enforce", mx2));
  withhold_mx_until_txt_is_asked();

  EXPECT_THAT(hosts("d.sts.test"), ElementsAre("mx2.host.sts.test verified"));
}

TEST_F(StsDeliveryTest, DeliversToAHostThatThePolicyNamesAndThatProvesItsName_Line142And143) {
  publish(policy("enforce", "*.host.sts.test"));
  ScriptedReceiver receiver(Script{.certificate = authority.issue(mx1)});
  settings.port = receiver.endpoint().port;

  const auto located = locate("d.sts.test");
  const auto report = send({{mx1, receiver.endpoint()}, {mx2, receiver.endpoint()}});

  EXPECT_EQ(std::get<mail::Site>(located).hosts[0].endpoints.at(0), receiver.endpoint());
  EXPECT_EQ(report.outcomes[0].verdict, mail::Verdict::delivered);
  EXPECT_EQ(report.host, mx1);
  EXPECT_THAT(report.tls, StartsWith("TLSv1.3"));
  EXPECT_THAT(web->requests(), SizeIs(1));
}

TEST_F(StsDeliveryTest, PassesOverHostsThatCannotProveTheirName_Line124And142And143) {
  publish(policy("enforce", "*.host.sts.test"));
  ScriptedReceiver bare(Script{});
  ScriptedReceiver wrong(Script{.certificate = authority.issue("other.host.sts.test")});
  ScriptedReceiver stale(Script{.certificate = authority.issue_stale(mx1)});
  ScriptedReceiver good(Script{.certificate = authority.issue(mx2)});

  for (auto* receiver : {&bare, &wrong, &stale}) {
    const auto report = send({{mx1, receiver->endpoint()}, {mx2, good.endpoint()}});
    EXPECT_EQ(report.outcomes[0].verdict, mail::Verdict::delivered);
    EXPECT_EQ(report.host, mx2);
    EXPECT_THAT(receiver->heard(1).at(0).body, IsEmpty());
  }
}

TEST_F(StsDeliveryTest, HoldsMailThatNeedsNoTlsToNoPolicy_Line156) {
  publish(policy("enforce", "elsewhere.test"));

  EXPECT_TRUE(std::holds_alternative<mail::NoSite>(locate("d.sts.test")));
  const auto located = locate("d.sts.test", mail::TlsWish::not_required);

  const auto& site = std::get<mail::Site>(located);
  EXPECT_THAT(site.hosts, SizeIs(2));
  EXPECT_EQ(site.hosts.at(0).tls, std::nullopt);
  EXPECT_EQ(site.tls, TlsLevel::opportunistic);
}

TEST_F(StsDeliveryTest, VouchesForHostsAlsoByAPolicyInTesting_Line151) {
  publish(policy("testing", mx2));

  const auto site = std::get<mail::Site>(locate("d.sts.test"));

  EXPECT_FALSE(site.hosts.at(0).is_vouched_for);
  EXPECT_TRUE(site.hosts.at(1).is_vouched_for);
}

TEST_F(StsDeliveryTest, DefersWhereNoHostCanProveItsName_Line143And144) {
  publish(policy("enforce", "*.host.sts.test"));
  ScriptedReceiver bare(Script{});
  ScriptedReceiver wrong(Script{.certificate = authority.issue("other.host.sts.test")});

  const auto in_the_clear = send({{mx1, bare.endpoint()}, {mx2, bare.endpoint()}});
  const auto as_another = send({{mx1, wrong.endpoint()}, {mx2, wrong.endpoint()}});

  EXPECT_EQ(in_the_clear.outcomes[0].to_string(),
            "4.7.10 mx2.host.sts.test: does not offer STARTTLS");
  EXPECT_EQ(as_another.outcomes[0].to_string(),
            "4.7.5 mx2.host.sts.test: TLS: certificate: hostname mismatch");
  for (const auto& report : {&in_the_clear, &as_another}) {
    EXPECT_EQ(report->outcomes[0].verdict, mail::Verdict::deferred);
    EXPECT_EQ(report->outcomes[0].stage, mail::Stage::tls);
  }
}

TEST_F(StsDeliveryTest, LeavesOutHostsThatThePolicyDoesNotName_Line143) {
  publish(policy("enforce", mx2));

  EXPECT_THAT(hosts("d.sts.test"), ElementsAre("mx2.host.sts.test verified"));

  EXPECT_THAT(log.of("mta_sts_mismatch"),
              ElementsAre("mta_sts_mismatch domain=d.sts.test id=1 mode=enforce "
                          "host=mx1.host.sts.test then=\"left out\""));
}

TEST_F(StsDeliveryTest, DefersWhereThePolicyNamesNoneOfTheHosts_Line144) {
  publish(policy("enforce", "elsewhere.test"));

  EXPECT_THAT(hosts("d.sts.test"),
              ElementsAre("4.7.5 d.sts.test: its MTA-STS policy 1 permits none of its MX hosts"));
}

TEST_F(StsDeliveryTest, GoesOnAsBeforeWhileAPolicyIsOnlyTested_Line143) {
  publish(policy("testing", mx2));
  ScriptedReceiver bare(Script{});

  EXPECT_THAT(hosts("d.sts.test"), ElementsAre(mx1, mx2));
  const auto report = send({{mx1, bare.endpoint()}, {mx2, bare.endpoint()}});

  EXPECT_EQ(report.outcomes[0].verdict, mail::Verdict::delivered);
  EXPECT_THAT(log.of("mta_sts_mismatch").at(0),
              HasSubstr("mode=testing host=mx1.host.sts.test then=\"delivered all the same\""));
}

TEST_F(StsDeliveryTest, GoesOnAsBeforeWhereAPolicyWasTakenBack_Line143) {
  publish("version: STSv1\nmode: none\nmax_age: 86400\n");

  EXPECT_THAT(hosts("d.sts.test"), ElementsAre(mx1, mx2));
}

TEST_F(StsDeliveryTest, GoesOnAsBeforeWhereThePolicyCannotBeHad_Line145) {
  web = std::make_unique<HttpsServer>(authority.issue("d.sts.test"),
                                      HttpsServer::ok(policy("enforce", "elsewhere.test")));

  EXPECT_THAT(hosts("d.sts.test"), ElementsAre(mx1, mx2));

  EXPECT_THAT(log.of("mta_sts_fetch_failed"),
              ElementsAre("mta_sts_fetch_failed domain=d.sts.test id=1 cached=no "
                          "why=\"mta-sts.d.sts.test: certificate: hostname mismatch\""));
}

TEST_F(StsDeliveryTest, BindsTheDomainThatPublishedItAndNoOtherWithTheSameHosts) {
  publish(policy("enforce", "*.host.sts.test"));

  EXPECT_THAT(hosts("d.sts.test"),
              ElementsAre("mx1.host.sts.test verified", "mx2.host.sts.test verified"));
  EXPECT_THAT(hosts("bare.sts.test"), ElementsAre(mx1));
}

TEST_F(StsDeliveryTest, IsNotAskedAboutForRoutesLiteralsAndTheLevelNone) {
  publish(policy("enforce", "elsewhere.test"));
  settings.routes = {{.domains = {"d.sts.test"}, .next_hops = {{.host = "127.0.0.1"}}}};

  EXPECT_THAT(hosts("d.sts.test"), ElementsAre("127.0.0.1"));
  EXPECT_THAT(hosts("[127.0.0.1]"), ElementsAre("[127.0.0.1]"));

  EXPECT_THAT(web->requests(), IsEmpty());
}

TEST_F(StsDeliveryTest, DemandsNothingWhereTheAdministratorWantsNoTls) {
  publish(policy("enforce", "elsewhere.test"));
  settings.tls.level = TlsLevel::none;

  EXPECT_THAT(hosts("d.sts.test"), ElementsAre(mx1, mx2));

  EXPECT_THAT(web->requests(), IsEmpty());
}

}  // namespace
}  // namespace greyhound::smtp
