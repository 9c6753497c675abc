#include "smtp_client/sts/sts_rule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greyhound::smtp {
namespace {

using mail::TlsLevel;
using testing::ElementsAre;
using testing::IsEmpty;

StoredStsPolicy policy_for(std::vector<std::string> mx) {
  return {
      .domain = "d.example",
      .id = "20260301",
      .fetched = {},
      .policy = {.mode = StsMode::enforce, .mx = std::move(mx), .max_age = std::chrono::hours(1)}};
}

mail::Site site_of(const std::vector<std::string>& names, TlsLevel level) {
  mail::Site site{.key = "site", .hosts = {}, .tls = level};
  for (const auto& name : names)
    site.hosts.push_back({.name = name, .endpoints = {}});
  return site;
}

// "mx1.example verify", as it is after the policy.
std::vector<std::string> hosts(const mail::Located& located) {
  static const std::vector<std::string> levels{
      "none", "opportunistic", "require", "dane", "verify", "implicit"};
  std::vector<std::string> all;
  for (const auto& host : std::get<mail::Site>(located).hosts) {
    const auto level = host.tls.value_or(std::get<mail::Site>(located).tls);
    all.push_back(host.name + " " + levels.at(static_cast<std::size_t>(level)));
  }
  return all;
}

TEST(StsRule, LeavesOutHostsThatThePolicyDoesNotNameAndDemandsProofOfTheOthers_Line143) {
  const auto policy = policy_for({"mx1.example", "*.b.example"});
  const auto site = site_of({"mx1.example", "mx2.example", "x.b.example"}, TlsLevel::opportunistic);

  EXPECT_THAT(hosts(enforce(policy, site)),
              ElementsAre("mx1.example verify", "x.b.example verify"));
  EXPECT_THAT(hosts_against(policy.policy, site), ElementsAre("mx2.example"));
}

TEST(StsRule, VouchesForTheHostsThatThePolicyNames_Line151) {
  const auto policy = policy_for({"mx1.example"});
  auto site = site_of({"mx1.example", "mx2.example"}, TlsLevel::opportunistic);

  vouch(policy.policy, site);

  EXPECT_TRUE(site.hosts.at(0).is_vouched_for);
  EXPECT_FALSE(site.hosts.at(1).is_vouched_for);
}

TEST(StsRule, DefersWhereThePolicyNamesNoneOfTheHosts_Line144) {
  const auto located = enforce(policy_for({"mx1.example"}),
                               site_of({"mx2.example", "x.mx1.example"}, TlsLevel::verify));

  const auto& none = std::get<mail::NoSite>(located);
  EXPECT_EQ(none.outcome.verdict, mail::Verdict::deferred);
  EXPECT_EQ(none.outcome.stage, mail::Stage::tls);
  EXPECT_EQ(none.outcome.to_string(),
            "4.7.5 d.example: its MTA-STS policy 20260301 permits none of its MX hosts");
  EXPECT_FALSE(none.is_ours);
}

TEST(StsRule, HasNoSayInAHostThatDaneSpeaksFor_Line137) {
  const auto policy = policy_for({"mx1.example"});
  auto site = site_of({"mx1.example", "mx2.example"}, TlsLevel::opportunistic);
  site.hosts[0].tls = TlsLevel::dane;
  site.hosts[1].tls = TlsLevel::dane;

  EXPECT_THAT(hosts(enforce(policy, site)), ElementsAre("mx1.example dane", "mx2.example dane"));
  EXPECT_THAT(hosts_against(policy.policy, site), IsEmpty());
}

TEST(StsRule, DemandsProofOfAHostWhoseTlsaRecordsAreOfNoUse) {
  const auto policy = policy_for({"mx1.example"});
  auto site = site_of({"mx1.example", "mx2.example"}, TlsLevel::opportunistic);
  site.hosts[0].tls = TlsLevel::require;
  site.hosts[1].tls = TlsLevel::require;

  EXPECT_THAT(hosts(enforce(policy, site)), ElementsAre("mx1.example verify"));
}

TEST(StsRule, WeakensNoLevel) {
  const auto policy = policy_for({"mx1.example"});

  EXPECT_THAT(hosts(enforce(policy, site_of({"mx1.example"}, TlsLevel::require))),
              ElementsAre("mx1.example verify"));
  EXPECT_THAT(hosts(enforce(policy, site_of({"mx1.example"}, TlsLevel::verify))),
              ElementsAre("mx1.example verify"));
}

}  // namespace
}  // namespace greyhound::smtp
