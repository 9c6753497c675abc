// Who gets in at sites that are dead, and what the pacer tells of its sites.
#include <algorithm>

#include "unit/scheduler/pacer_fixture.hpp"

namespace greyhound::scheduler {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class PacerHealthTest : public PacerTest {};

TEST_F(PacerHealthTest, ADeadSiteHasRoomForOneAndRestsBetweenTwo) {
  set_up({.per_site = 10, .total = 10});
  kill("a");

  for (const auto* name : {"1", "2", "3"})
    attempt(name, {.site = "a"}, SiteAnswer::silent);

  EXPECT_THAT(entered_within(4s), IsEmpty());
  EXPECT_THAT(entered_within(2s), ElementsAre("1"));
  EXPECT_THAT(entered_within(9s), IsEmpty());
  EXPECT_THAT(entered_within(2s), ElementsAre("2"));
}

TEST_F(PacerHealthTest, OneAnswerFreesAllThatWaitAtADeadSite) {
  set_up({.per_site = 10, .total = 10});
  kill("a");

  attempt("probe", {.site = "a"}, SiteAnswer::spoke);
  for (const auto* name : {"1", "2", "3"})
    claim(name, {.site = "a"});

  EXPECT_THAT(entered_within(7s), ElementsAre("probe", "1", "2", "3"));
}

TEST_F(PacerHealthTest, AProbeThatIsGivenUpLeavesItsPlaceToTheNext) {
  set_up({.per_site = 10, .total = 10});
  kill("a");

  claim("1", {.site = "a"}, 1s);  // goes without an attempt
  claim("2", {.site = "a"}, 1s);

  EXPECT_THAT(entered_within(8s), ElementsAre("1", "2"));
}

TEST_F(PacerHealthTest, WhoHasWaitedTenMinutesAtADeadSiteGoesWithoutARest) {
  set_up({.per_site = 10, .total = 10});
  kill("a");

  for (const auto* name : {"1", "2", "3"})
    attempt(name, {.site = "a", .due = time_.wall() - 10min}, SiteAnswer::silent);

  EXPECT_THAT(entered_within(3500ms), ElementsAre("1", "2", "3"));
}

TEST_F(PacerHealthTest, BacklogThatHasWaitedSoLongAtADeadSiteGoesByTheRampAlone) {
  set_up({.per_site = 10, .total = 10}, {.per_second = 100, .per_site_per_second = 1});
  kill("a");

  for (const auto* name : {"1", "2", "3"}) {
    auto waits = backlog("a", noon - 1h);
    waits.due = noon - 10min;
    attempt(name, std::move(waits), SiteAnswer::silent, 100ms);
  }

  EXPECT_THAT(entered_within(900ms), ElementsAre("1"));
  EXPECT_THAT(entered_within(1s), ElementsAre("2"));
  EXPECT_THAT(entered_within(1s), ElementsAre("3"));
}

TEST_F(PacerHealthTest, BacklogThatCouldBeTriedOnlyNowRestsAtADeadSiteLikeOthers) {
  set_up({.per_site = 10, .total = 10});
  kill("a");

  for (const auto* name : {"1", "2"}) {
    auto waits = backlog("a", noon - 1h);
    waits.due = noon;
    attempt(name, std::move(waits), SiteAnswer::silent);
  }

  EXPECT_THAT(entered_within(4s), IsEmpty());
  EXPECT_THAT(entered_within(2s), ElementsAre("1"));
}

TEST_F(PacerHealthTest, WhoIsOnItsLastGoesBeforeTheOthersOfItsSite) {
  set_up({.per_site = 1, .total = 10});

  for (const auto* name : {"1", "2"})
    claim(name, {.site = "a"});
  claim("last", {.site = "a", .is_last = true});

  EXPECT_THAT(entered_within(5s), ElementsAre("1", "last", "2"));
}

TEST_F(PacerHealthTest, ProbesTakeHalfOfTheRoomAtMost) {
  set_up({.per_site = 10, .total = 4});
  for (const auto* site : {"a", "b", "c"})
    kill(site);

  for (const auto* site : {"a", "b", "c"})
    attempt(site, {.site = site}, SiteAnswer::silent, 30s);
  claim("normal", {.site = "d"}, 1min);

  EXPECT_THAT(entered_within(10s), SizeIs(3));  // two of them probes
  EXPECT_THAT(entered_within(30s), SizeIs(1));
}

TEST_F(PacerHealthTest, AProbeThatIsAnsweredByAnOlderAttemptWaitsForNoTurn) {
  set_up({.per_site = 10, .total = 4});
  kill("b");
  attempt("old", {.site = "a"}, SiteAnswer::spoke, 20s);
  kill("a");

  attempt("b1", {.site = "b"}, SiteAnswer::silent, 1h);
  kill("c");
  attempt("c1", {.site = "c"}, SiteAnswer::silent, 1h);
  claim("a1", {.site = "a"});

  EXPECT_THAT(entered_within(19s), SizeIs(2));  // as many probes as there may be
  EXPECT_THAT(entered_within(2s), ElementsAre("a1"));
}

TEST_F(PacerHealthTest, TellsHowItsSitesStand) {
  set_up({.per_site = 10, .total = 10});
  kill("a");
  claim("waits", {.site = "a"}, 1h);
  claim("runs", {.site = "b"}, 1h);
  time_.run_for(1s);

  auto standings = pacer_->standings();

  std::sort(standings.begin(), standings.end(), [](const auto& one, const auto& other) {
    return one.site < other.site;
  });
  ASSERT_EQ(standings.size(), 2U);
  EXPECT_EQ(standings[0].at_once, 1U);
  EXPECT_EQ(standings[0].waiting, 1U);
  EXPECT_EQ(standings[0].dead_since, time_.wall() - 1s);
  EXPECT_EQ(standings[0].next_probe, time_.wall() + 4s);
  EXPECT_EQ(standings[1].at_once, 5U);
  EXPECT_EQ(standings[1].running, 1U);
  EXPECT_FALSE(standings[1].dead_since);
}

TEST_F(PacerHealthTest, ASiteThatIsForgottenBeginsAnew) {
  set_up({.per_site = 10, .total = 10});
  kill("a");
  claim("1", {.site = "a"});
  claim("2", {.site = "a"});
  EXPECT_THAT(entered_within(1s), IsEmpty());

  pacer_->forget("a");

  EXPECT_THAT(entered_within(1ms), ElementsAre("1", "2"));
}

}  // namespace
}  // namespace greyhound::scheduler
