#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"
#include "unit/cli/command_world.hpp"

namespace greyhound::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class SitesCommandTest : public CommandTest {};

TEST_F(SitesCommandTest, SuspendsUntilItIsResumed) {
  start_agent();

  const auto suspended = greyhound({"sites", "suspend", "slow.example"});
  const auto listed = greyhound({"sites"}).out;
  const auto resumed = greyhound({"sites", "resume", "slow.example"});

  EXPECT_EQ(suspended.code, exit_done) << suspended.err;
  EXPECT_EQ(suspended.out, "slow.example  suspended: no attempts there until it is resumed\n");
  EXPECT_THAT(listed, HasSubstr("suspended since 2"));
  EXPECT_EQ(resumed.out, "slow.example  resumed\n");
  EXPECT_THAT(greyhound({"sites"}).out, Not(HasSubstr("slow.example")));
}

TEST_F(SitesCommandTest, ShowsAllThatIsKnownOfOne) {
  start_agent();
  greyhound({"sites", "suspend", "slow.example"});
  greyhound({"sites", "suspend", "other.example"});

  const auto shown = greyhound({"sites", "show", "slow.example"});
  const auto as_json = greyhound({"sites", "--json", "show", "slow.example"});

  EXPECT_EQ(shown.code, exit_done) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("site: slow.example\npasses: 0\n"));
  EXPECT_THAT(shown.out, HasSubstr("\nat_once: -\n"));
  EXPECT_THAT(shown.out, HasSubstr("\nsuspended_since: 2"));
  EXPECT_THAT(shown.out, Not(HasSubstr("other.example")));
  EXPECT_EQ(Json::parse(as_json.out)["site"], "slow.example");
}

TEST_F(SitesCommandTest, SaysThatItKnowsNothingOfASite) {
  start_agent();

  const auto shown = greyhound({"sites", "show", "a.example"});

  EXPECT_EQ(shown.code, exit_problems_found);
  EXPECT_EQ(shown.err, "greyhound: nothing is known of a.example\n");
}

TEST_F(SitesCommandTest, NeedsTheAgentForOrders) {
  const auto ended = greyhound({"sites", "suspend", "a.example"});

  EXPECT_EQ(ended.code, exit_agent_unreachable);
  EXPECT_THAT(ended.err, HasSubstr("the agent must run for this"));
}

TEST_F(SitesCommandTest, WantsToKnowWhichSite) {
  start_agent();

  EXPECT_EQ(greyhound({"sites", "suspend"}).code, exit_wrong_usage);
  EXPECT_EQ(greyhound({"sites", "suspend", ""}).code, exit_wrong_usage);
  EXPECT_EQ(greyhound({"sites", "vanish", "a.example"}).code, exit_wrong_usage);
  EXPECT_EQ(greyhound({"sites", "forget", "a.example"}).code, exit_done);
}

}  // namespace
}  // namespace greyhound::cli
