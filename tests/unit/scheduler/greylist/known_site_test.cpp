#include "scheduler/greylist/known_site.hpp"

#include <memory>

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

std::shared_ptr<const Catalogue> catalogue_of(Duration window) {
  return std::make_shared<const Catalogue>(
      Greylisters{{.id = "one", .name = "One", .window = window}});
}

KnownSite let_through_at(Duration age) {
  return KnownSite({.site = "mx.example", .passes = 1, .earliest_pass = age, .changed = noon});
}

struct KnownSiteTest : testing::Test {
  std::optional<KnockPlan> plan(const KnownSite& site, Duration later = 1h) const {
    return site.plan(
        {.catalogue = catalogue, .first_of_series = first_of_series, .forget_after = 24h},
        noon + later);
  }

  std::shared_ptr<const Catalogue> catalogue = catalogue_of(5min);
  Duration first_of_series = 6min;
};

TEST_F(KnownSiteTest, PlansWithWhatALessonTaughtSinceTheLastPlan) {
  auto site = let_through_at(20min);
  const auto before = plan(site);

  site.learn({.site = "mx.example", .age = 4min, .has_passed = true, .at = noon});
  const auto after = plan(site);

  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->first, 5min);
  EXPECT_EQ(before->known_end, 20min);
  EXPECT_LE(after->first, 4min);
  EXPECT_EQ(after->known_end, 4min);
}

TEST_F(KnownSiteTest, PlansAnewForAnotherCatalogue) {
  const auto site = let_through_at(20min);
  const auto before = plan(site);

  catalogue = catalogue_of(10min);
  const auto after = plan(site);

  EXPECT_EQ(before->first, 5min);
  EXPECT_EQ(after->first, 10min);
}

// A catalogue that is gone may have left its place to the next.
TEST_F(KnownSiteTest, KnowsACatalogueFromOneThatLiesWhereItLay) {
  const auto site = let_through_at(20min);
  for (int reload = 0; reload < 100; ++reload) {
    const auto window = reload % 2 == 0 ? 5min : 10min;
    catalogue.reset();
    catalogue = catalogue_of(window);

    EXPECT_EQ(plan(site)->first, window);
  }
}

TEST_F(KnownSiteTest, PlansAnewForARuleWithAnotherFirstWait) {
  catalogue = catalogue_of(3min);
  const auto site = KnownSite({.site = "mx.example",
                               .passes = 1,
                               .earliest_pass = 10min,
                               .latest_refusal = 4min,
                               .changed = noon});
  const auto patient = plan(site);

  first_of_series = 2h;
  const auto dear = plan(site);

  EXPECT_LT(patient->first, 10min);
  EXPECT_EQ(dear->first, 10min);
}

TEST_F(KnownSiteTest, ForgetsWhatItWasNotToldAgainForSoLong) {
  const auto site = let_through_at(20min);

  EXPECT_TRUE(plan(site, 24h));
  EXPECT_FALSE(plan(site, 24h + 1us));
}

TEST_F(KnownSiteTest, BelievesStatedWaitsUnlessThreeInARowWereBroken) {
  KnownSite site({.site = "mx.example"});
  const queue::SiteLesson broken{
      .site = "mx.example", .age = 5min, .at = noon, .stated = queue::StatedWaitFate::broken};
  site.learn(broken);
  site.learn(broken);
  EXPECT_TRUE(site.believes_stated(noon));

  site.learn(broken);

  EXPECT_FALSE(site.believes_stated(noon));
  EXPECT_FALSE(site.believes_stated(noon + 24h - 1us));
  EXPECT_TRUE(site.believes_stated(noon + 24h));
}

}  // namespace
}  // namespace greyhound::scheduler
