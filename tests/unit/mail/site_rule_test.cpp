#include "mail/site_rule.hpp"

#include <gtest/gtest.h>

namespace greyhound::mail {
namespace {

TEST(SiteRule, TheFirstThatMatchesWins) {
  const std::vector<SiteRule> rules{
      {.domains = {"*.a.example", "b.example"}, .limits = {1, {}, {}}},
      {.domains = {"b.*"}, .limits = {{}, 2, {}}},
      {.domains = {}, .limits = {{}, {}, 3}}};

  EXPECT_EQ(limits_of(rules, "x.a.example"), (SiteLimits{1, {}, {}}));
  EXPECT_EQ(limits_of(rules, "b.example"), (SiteLimits{1, {}, {}}));
  EXPECT_EQ(limits_of(rules, "b.other"), (SiteLimits{{}, 2, {}}));
  EXPECT_EQ(limits_of(rules, "a.example"), (SiteLimits{{}, {}, 3}));
  EXPECT_EQ(limits_of({}, "a.example"), SiteLimits{});
}

}  // namespace
}  // namespace greyhound::mail
