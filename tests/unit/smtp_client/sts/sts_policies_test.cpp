#include "smtp_client/sts/sts_policies.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include "unit/smtp_client/attempt_fixture.hpp"
#include "unit/smtp_client/dns/no_resolver.hpp"
#include "world/fake_clock.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::smtp {
namespace {

using namespace std::chrono_literals;

// TXT records from a table; counts the questions.
class TextResolver final : public NoResolver {
 public:
  std::map<std::string, std::vector<std::string>> texts;
  bool is_broken = false;
  int questions = 0;

  Awaitable<DnsAnswer<std::string>> txt(std::string name) override {
    ++questions;
    DnsAnswer<std::string> answer{.status = DnsStatus::failed};
    if (is_broken) co_return answer;
    answer.status = texts.contains(name) ? DnsStatus::found : DnsStatus::no_such_name;
    answer.records = texts[name];
    co_return answer;
  }
};

// Policies from a table, at once or when the test lets them come; counts the fetches.
class TableSource final : public StsSource {
 public:
  explicit TableSource(Clock& clock) : clock_(clock) {}

  std::map<std::string, std::string> texts;
  Duration delay{0};
  int fetches = 0;

  Awaitable<Result<std::string>> fetch(std::string domain) override {
    ++fetches;
    co_await clock_.sleep(delay);
    if (!texts.contains(domain)) co_return Error{Fault::network, "nobody there"};
    co_return texts[domain];
  }

 private:
  Clock& clock_;
};

std::string policy_text(const std::string& mx, std::chrono::seconds max_age) {
  return "version: STSv1\nmode: enforce\nmx: " + mx +
         "\nmax_age: " + std::to_string(max_age.count()) + "\n";
}

class StsPoliciesTest : public testing::Test {
 protected:
  StsPoliciesTest() { restart(); }
  ~StsPoliciesTest() override { let_go(); }

  void publish(const std::string& id, const std::string& mx, std::chrono::seconds max_age) {
    dns.texts["_mta-sts.d.example"] = {"v=STSv1; id=" + id};
    source.texts["d.example"] = policy_text(mx, max_age);
  }

  // "mx1.example", of the policy for d.example, or "none".
  std::string in_force() { return name_in(run(policies->in_force("d.example"))); }
  std::string fetched_anew() { return name_in(run(policies->fetched_anew("d.example"))); }

  void pass(Duration time) {
    clock.advance(time);
    settle();
  }

  void settle() {
    loop.restart();
    loop.poll();
  }

  void let_go() {
    auto end = policies->let_go();
    boost::asio::co_spawn(loop, std::move(end), boost::asio::detached);
    settle();
  }

  void restart() {
    if (policies) let_go();
    policies = std::make_unique<StsPolicies>(loop.get_executor(),
                                             folder.path() / "mta-sts",
                                             StsPolicies::Parts{.resolver = dns,
                                                                .source = source,
                                                                .clock = clock,
                                                                .log = log,
                                                                .disk = loop.get_executor()});
    policies->load();
  }

  bool is_on_disk() const { return std::filesystem::exists(folder.path() / "mta-sts/d.example"); }

  static std::string name_in(const std::optional<StsPolicies::Policy>& policy) {
    if (!policy) return "still waiting";
    return *policy ? (*policy)->policy.mx.at(0) : "none";
  }

  // Empty: the work has not come to its end.
  std::optional<StsPolicies::Policy> run(Awaitable<StsPolicies::Policy> work) {
    return *begin(std::move(work));
  }

  using Pending = std::shared_ptr<std::optional<StsPolicies::Policy>>;
  Pending begin(Awaitable<StsPolicies::Policy> work) {
    auto result = std::make_shared<std::optional<StsPolicies::Policy>>();
    boost::asio::co_spawn(loop, keep_in(result, std::move(work)), boost::asio::detached);
    settle();
    return result;
  }

  const world::TempFolder folder;
  world::FakeClock clock;  // outlives whoever sleeps on it
  SilentLog log;
  TextResolver dns;
  TableSource source{clock};
  boost::asio::io_context loop{1};
  std::unique_ptr<StsPolicies> policies;

 private:
  static Awaitable<> keep_in(Pending into, Awaitable<StsPolicies::Policy> work) {
    into->emplace(co_await std::move(work));
  }
};

TEST_F(StsPoliciesTest, CostADomainWithoutOneASingleQuestion) {
  EXPECT_EQ(in_force(), "none");
  EXPECT_EQ(in_force(), "none");

  EXPECT_EQ(dns.questions, 1);
  EXPECT_EQ(source.fetches, 0);
}

TEST_F(StsPoliciesTest, AreAskedForAgainAfterAWhile) {
  EXPECT_EQ(in_force(), "none");
  publish("1", "mx1.example", 24h);

  pass(5min - 1s);
  EXPECT_EQ(in_force(), "none");
  pass(1s);

  EXPECT_EQ(in_force(), "mx1.example");
  EXPECT_EQ(dns.questions, 2);
}

TEST_F(StsPoliciesTest, AreFetchedOnceForEachId) {
  publish("1", "mx1.example", 24h);
  EXPECT_EQ(in_force(), "mx1.example");

  pass(1h);
  EXPECT_EQ(in_force(), "mx1.example");
  EXPECT_EQ(source.fetches, 1);

  publish("2", "mx2.example", 24h);
  EXPECT_EQ(in_force(), "mx1.example");
  pass(1h);
  EXPECT_EQ(in_force(), "mx2.example");
  EXPECT_EQ(source.fetches, 2);
}

TEST_F(StsPoliciesTest, StayInForceUntilTheyExpireWhateverBecomesOfTheRecord_Line138And145) {
  publish("1", "mx1.example", 24h);
  EXPECT_EQ(in_force(), "mx1.example");

  dns.texts["_mta-sts.d.example"] = {"v=STSv1; id=2", "v=STSv1; id=3"};
  pass(8h);
  EXPECT_EQ(in_force(), "mx1.example");
  dns.texts.clear();
  pass(8h);
  EXPECT_EQ(in_force(), "mx1.example");
  dns.is_broken = true;
  pass(8h - 1s);
  EXPECT_EQ(in_force(), "mx1.example");
  pass(1s);
  EXPECT_EQ(in_force(), "none");
}

TEST_F(StsPoliciesTest, AreLookedForAgainOnceWhatWasInForceHasExpired) {
  publish("1", "mx1.example", 24h);
  EXPECT_EQ(in_force(), "mx1.example");
  pass(24h - 1min);
  EXPECT_EQ(in_force(), "mx1.example");

  pass(2min);

  EXPECT_EQ(in_force(), "mx1.example");
  EXPECT_EQ(source.fetches, 2);
  source.texts.clear();
  pass(24h - 1min);
  EXPECT_EQ(in_force(), "mx1.example");
  pass(2min);
  EXPECT_EQ(in_force(), "none");
  EXPECT_EQ(in_force(), "none");
  EXPECT_EQ(source.fetches, 3) << "once, and not for each message";
}

TEST_F(StsPoliciesTest, StayInForceWhereTheNextOneCannotBeFetched_Line145) {
  publish("1", "mx1.example", 24h);
  EXPECT_EQ(in_force(), "mx1.example");
  publish("2", "mx2.example", 24h);

  source.texts["d.example"] = "<html>";
  pass(1h);
  EXPECT_EQ(in_force(), "mx1.example");
  source.texts.clear();
  pass(1h);
  EXPECT_EQ(in_force(), "mx1.example");

  EXPECT_EQ(source.fetches, 3);
}

TEST_F(StsPoliciesTest, ThatCannotBeFetchedAreNoneAndNotTriedForEachMessage_Line145) {
  publish("1", "mx1.example", 24h);
  source.texts.clear();

  EXPECT_EQ(in_force(), "none");
  EXPECT_EQ(in_force(), "none");
  EXPECT_EQ(source.fetches, 1);

  pass(5min);
  EXPECT_EQ(in_force(), "none");
  EXPECT_EQ(source.fetches, 2);
}

TEST_F(StsPoliciesTest, AreNotWaitedForLongerThanALookMayTake) {
  publish("1", "mx1.example", 24h);
  source.delay = 1h;

  const auto waiting = begin(policies->in_force("d.example"));
  pass(StsPolicies::look_limit - 1s);
  EXPECT_EQ(name_in(*waiting), "still waiting");
  pass(1s);

  EXPECT_EQ(name_in(*waiting), "none");
}

TEST_F(StsPoliciesTest, AreFetchedOnceForAllWhoWait) {
  publish("1", "mx1.example", 24h);
  source.delay = 2s;

  const auto first = begin(policies->in_force("d.example"));
  const auto second = begin(policies->in_force("d.example"));
  const auto third = begin(policies->fetched_anew("d.example"));
  pass(1s);
  EXPECT_EQ(name_in(*first), "still waiting");
  pass(1s);

  EXPECT_EQ(name_in(*first), "mx1.example");
  EXPECT_EQ(name_in(*second), "mx1.example");
  EXPECT_EQ(name_in(*third), "mx1.example");
  EXPECT_EQ(source.fetches, 1);
}

TEST_F(StsPoliciesTest, AreFetchedAnewWhereTheySeemOutOfDateButNotAllTheTime_Line144) {
  publish("1", "mx1.example", 24h);
  EXPECT_EQ(in_force(), "mx1.example");
  source.texts["d.example"] = policy_text("mx2.example", 24h);

  EXPECT_EQ(fetched_anew(), "mx1.example");  // it was fetched this very minute
  pass(1h);
  EXPECT_EQ(in_force(), "mx1.example");
  EXPECT_EQ(fetched_anew(), "mx2.example");
  EXPECT_EQ(source.fetches, 2);

  source.texts["d.example"] = policy_text("mx3.example", 24h);
  pass(4min);
  EXPECT_EQ(fetched_anew(), "mx2.example");
  pass(1min);
  EXPECT_EQ(fetched_anew(), "mx3.example");
}

TEST_F(StsPoliciesTest, SurviveARestart_Line145) {
  publish("1", "mx1.example", 24h);
  EXPECT_EQ(in_force(), "mx1.example");

  dns.is_broken = true;
  restart();

  EXPECT_EQ(in_force(), "mx1.example");
  pass(24h);
  EXPECT_EQ(in_force(), "none");
}

TEST_F(StsPoliciesTest, DoNotLiveLongerForAClockThatWasSetBack) {
  publish("1", "mx1.example", 24h);
  EXPECT_EQ(in_force(), "mx1.example");

  dns.is_broken = true;
  clock.set_wall(clock.wall() - 240h);
  restart();
  EXPECT_EQ(in_force(), "mx1.example");
  pass(24h);

  EXPECT_EQ(in_force(), "none");
}

TEST_F(StsPoliciesTest, AreRefreshedBeforeTheyExpireWithoutAnyMail_Line145) {
  publish("1", "mx1.example", 7 * 24h);
  EXPECT_EQ(in_force(), "mx1.example");
  policies->start();
  settle();

  for (auto hours = 0; hours < 30 * 24; ++hours)
    pass(1h);
  dns.is_broken = true;

  EXPECT_EQ(in_force(), "mx1.example");
  EXPECT_GE(source.fetches, 28);
  EXPECT_LE(source.fetches, 31);
}

TEST_F(StsPoliciesTest, ThatCannotBeRefreshedAreTriedOnceAnHour) {
  publish("1", "mx1.example", 7 * 24h);
  EXPECT_EQ(in_force(), "mx1.example");
  policies->start();
  settle();
  source.texts.clear();

  for (auto minutes = 0; minutes < 34 * 60; minutes += 10)
    pass(10min);

  EXPECT_GE(source.fetches, 1 + 9);
  EXPECT_LE(source.fetches, 1 + 11);
  EXPECT_EQ(in_force(), "mx1.example");
}

TEST_F(StsPoliciesTest, LeaveTheDiskWhenTheyHaveExpired) {
  publish("1", "mx1.example", 1h);
  EXPECT_EQ(in_force(), "mx1.example");
  EXPECT_TRUE(is_on_disk());
  policies->start();
  settle();
  dns.texts.clear();

  for (auto minutes = 0; minutes < 60; minutes += 10)
    pass(10min);

  EXPECT_FALSE(is_on_disk());
  EXPECT_EQ(in_force(), "none");
}

TEST_F(StsPoliciesTest, DoWithoutAFolderThatCannotBe) {
  const auto blocked = folder.path() / "mta-sts";
  std::filesystem::remove_all(blocked);
  std::ofstream(blocked) << "a file";

  restart();
  publish("1", "mx1.example", 1h);

  EXPECT_EQ(in_force(), "mx1.example");
}

}  // namespace
}  // namespace greyhound::smtp
