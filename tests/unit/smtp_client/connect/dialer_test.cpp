// Which addresses are called when, in virtual time, over a network that answers as told.
#include "smtp_client/connect/dialer.hpp"

#include <map>
#include <vector>

#include <gmock/gmock.h>

#include "runtime/task_group.hpp"
#include "unit/smtp_client/silent_stream.hpp"
#include "world/virtual_time.hpp"

namespace greyhound::smtp {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Instant noon{std::chrono::hours(20'000 * 24 + 12)};

Endpoint at(const char* address) {
  return {*IpAddress::parse(address), 25};
}

// An address answers after a while; those that are not named never do.
class SlowNetwork final : public Network {
 public:
  explicit SlowNetwork(Clock& clock) : clock_(clock) {}

  Awaitable<Result<std::unique_ptr<Stream>>> connect(Endpoint to,
                                                     std::optional<IpAddress> source) override {
    called.push_back(to.address.to_string());
    sources.push_back(source);
    const auto found = answers.find(to.address.to_string());
    if (found == answers.end()) co_await clock_.sleep(1000h);
    co_await clock_.sleep(found->second);
    if (refusing) co_return Error{Fault::network, "Connection refused"};
    std::unique_ptr<Stream> stream = std::make_unique<SilentStream>(std::nullopt, to);
    co_return stream;
  }

  std::map<std::string, Duration> answers;
  bool refusing = false;
  std::vector<std::string> called;
  std::vector<std::optional<IpAddress>> sources;

 private:
  Clock& clock_;
};

class DialerTest : public testing::Test {
 protected:
  void dial(std::vector<Endpoint> endpoints) {
    tasks_.spawn("dial", run({.name = "mx.test", .endpoints = std::move(endpoints)}));
    time_.run_for(10min);
  }

  world::VirtualTime time_{noon};
  SlowNetwork network_{time_};
  Reachability reachability_;
  mail::Affinity affinity_;
  std::string reached_ = "nobody";
  Duration took_{};
  SteadyInstant ended_;
  Dialer::Vain vain_;

 private:
  Awaitable<> run(mail::Host host) {
    const mail::Site site{.key = "site", .hosts = {}};
    Dialer dialer({.network = network_,
                   .clock = time_,
                   .log = log_,
                   .reachability = reachability_,
                   .limit = 30s,
                   .site = site,
                   .affinity = affinity_,
                   .label = "1"});
    const auto start = time_.steady();
    const auto line = co_await dialer.dial(std::move(host));
    ended_ = time_.steady();
    took_ = ended_ - start;
    if (line) reached_ = line->to.address.to_string();
    vain_ = dialer.vain();
  }

  SilentLog log_;
  TaskGroup tasks_{time_.loop()};
};

TEST_F(DialerTest, CallsTheSecondFamilyWhereTheFirstHesitates) {
  network_.answers = {{"2001:db8::1", 20ms}};

  dial({at("192.0.2.1"), at("2001:db8::1")});

  EXPECT_EQ(reached_, "2001:db8::1");
  EXPECT_EQ(took_, Duration(270ms));
  EXPECT_FALSE(reachability_.is_dead(at("192.0.2.1"), ended_));  // it was given no time
}

TEST_F(DialerTest, CallsNobodyElseWhereTheFirstAnswersQuickly) {
  network_.answers = {{"192.0.2.1", 100ms}, {"2001:db8::1", 1ms}};

  dial({at("192.0.2.1"), at("2001:db8::1")});

  EXPECT_THAT(network_.called, ElementsAre("192.0.2.1"));
}

TEST_F(DialerTest, NeverLetsAGreylistedDeliveryChangeItsFamilyForBeingSlow) {
  affinity_.source = IpAddress::parse("192.0.2.9");
  network_.answers = {{"192.0.2.1", 20s}, {"2001:db8::1", 1ms}};

  dial({at("192.0.2.1"), at("2001:db8::1")});

  EXPECT_EQ(reached_, "192.0.2.1");
  EXPECT_THAT(network_.called, ElementsAre("192.0.2.1"));
}

TEST_F(DialerTest, GoesToTheOtherFamilyWhereThePinnedOneDoesNotAnswer) {
  affinity_.source = IpAddress::parse("192.0.2.9");
  network_.answers = {{"2001:db8::1", 1ms}};

  dial({at("192.0.2.1"), at("2001:db8::1")});

  EXPECT_EQ(reached_, "2001:db8::1");
  EXPECT_THAT(network_.sources, ElementsAre(IpAddress::parse("192.0.2.9"), std::nullopt));
  EXPECT_TRUE(reachability_.is_dead(at("192.0.2.1"), ended_));
}

TEST_F(DialerTest, TellsWhyNobodyWasReached) {
  dial({at("192.0.2.1"), at("192.0.2.2")});

  EXPECT_EQ(reached_, "nobody");
  EXPECT_EQ(took_, Duration(30s + 250ms));
  EXPECT_EQ(vain_.last, "mx.test (192.0.2.2:25): no connection within 30s");
}

TEST_F(DialerTest, HasNothingToTellOfAHostThatAnsweredAtAnotherAddress) {
  network_.answers = {{"192.0.2.2", 1ms}};

  dial({at("192.0.2.1"), at("192.0.2.3"), at("192.0.2.2")});

  EXPECT_EQ(reached_, "192.0.2.2");
  EXPECT_EQ(vain_.last, "");
}

TEST_F(DialerTest, CallsTheSecondAtOnceWhereTheFirstRefuses) {
  network_.answers = {{"192.0.2.1", 1ms}, {"192.0.2.2", 1ms}};
  network_.refusing = true;

  dial({at("192.0.2.1"), at("192.0.2.2")});

  EXPECT_EQ(took_, Duration(2ms));
  EXPECT_THAT(vain_.last, HasSubstr("192.0.2.2:25): Connection refused"));
  EXPECT_TRUE(reachability_.is_dead(at("192.0.2.1"), ended_));
}

}  // namespace
}  // namespace greyhound::smtp
