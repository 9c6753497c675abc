#include "smtp_client/dns/site_cache.hpp"

#include <gtest/gtest.h>

namespace greyhound::smtp {
namespace {

TEST(SiteCache, StaysWithinItsBound) {
  SiteCache cache;
  const SteadyInstant now{std::chrono::hours(1)};

  for (std::size_t i = 0; i < SiteCache::max_domains + 5; ++i) {
    cache.put("d" + std::to_string(i), RankedSite{.key = "k", .hosts = {}}, now);
  }

  EXPECT_EQ(cache.size(), SiteCache::max_domains);
  EXPECT_EQ(cache.find("d0", now), nullptr);
  EXPECT_NE(cache.find("d10004", now), nullptr);
}

TEST(SiteCache, ForgetsWhatIsOld) {
  SiteCache cache;
  const SteadyInstant now{std::chrono::hours(1)};
  cache.put("d.example", RankedSite{.key = "old", .hosts = {}}, now);

  const auto later = now + SiteCache::lifetime;

  EXPECT_NE(cache.find("d.example", later - Duration(1)), nullptr);
  EXPECT_EQ(cache.find("d.example", later), nullptr);
  cache.put("d.example", RankedSite{.key = "new", .hosts = {}}, later);
  ASSERT_NE(cache.find("d.example", later), nullptr);
  EXPECT_EQ(cache.find("d.example", later)->key, "new");
}

}  // namespace
}  // namespace greyhound::smtp
