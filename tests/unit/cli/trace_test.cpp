// What needs no attempt; tests/e2e/trace_test.cpp has the rest.
#include <gmock/gmock.h>

#include "cli/exit_codes.hpp"
#include "unit/cli/command_world.hpp"

namespace greyhound::cli {
namespace {

using testing::HasSubstr;

class TraceCommandTest : public CommandTest {};

TEST_F(TraceCommandTest, NeedsTheAgent) {
  const auto ended = greyhound({"trace", "--site", "d.example"});

  EXPECT_EQ(ended.code, exit_agent_unreachable);
  EXPECT_THAT(ended.err, HasSubstr("the agent must run for this"));
}

TEST_F(TraceCommandTest, TakesIdsOrASiteOrAnAddress) {
  EXPECT_EQ(greyhound({"trace"}).code, exit_wrong_usage);
  EXPECT_EQ(greyhound({"trace", "7F3K2A", "--site", "d.example"}).code, exit_wrong_usage);
  EXPECT_EQ(greyhound({"trace", "--site", "d", "--address", "::1"}).code, exit_wrong_usage);
}

TEST_F(TraceCommandTest, SaysThatAnIdNamesNothing) {
  start_agent();

  const auto ended = greyhound({"trace", "7ZZZZ"});

  EXPECT_EQ(ended.code, exit_problems_found);
  EXPECT_THAT(ended.err, HasSubstr("no message in the queue has the id 7ZZZZ"));
}

TEST_F(TraceCommandTest, SaysWhatIsWrongWithAnAddress) {
  start_agent();

  const auto ended = greyhound({"trace", "--address", "mx1.d.example"});

  EXPECT_EQ(ended.code, exit_wrong_usage);
  EXPECT_THAT(ended.err, HasSubstr("address must be an IP address"));
}

}  // namespace
}  // namespace greyhound::cli
