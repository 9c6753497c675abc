#include "intake/command_lines.hpp"

#include <gtest/gtest.h>

namespace greyhound::intake {
namespace {

using Flaw = CommandLine::Flaw;

TEST(CommandLines, CutsAGroupOfCommandsAtItsLineEnds) {
  CommandLines lines(2048);

  lines.feed("EHLO a\r\nNOOP\r\n");

  EXPECT_EQ(lines.next()->text, "EHLO a");
  EXPECT_TRUE(lines.has_line());
  EXPECT_EQ(lines.next()->text, "NOOP");
  EXPECT_FALSE(lines.next().has_value());
  EXPECT_TRUE(lines.is_empty());
}

TEST(CommandLines, PutsTogetherALineThatComesByteByByte) {
  CommandLines lines(2048);

  for (const char c : std::string("NOOP\r\n")) {
    EXPECT_FALSE(lines.has_line());
    lines.feed(std::string(1, c));
  }

  EXPECT_EQ(lines.next()->text, "NOOP");
}

TEST(CommandLines, KnowsThatAPartOfALineIsWaiting) {
  CommandLines lines(2048);

  lines.feed("DATA\r\nSubj");

  EXPECT_EQ(lines.next()->text, "DATA");
  EXPECT_FALSE(lines.is_empty());
}

TEST(CommandLines, TakesALineOfExactlyTheLimitAndNotOneMore) {
  CommandLines lines(10);

  lines.feed("0123456789\r\n");
  lines.feed("0123456789x\r\n");

  EXPECT_EQ(lines.next()->text, "0123456789");
  EXPECT_EQ(lines.next()->flaw, Flaw::too_long);
}

TEST(CommandLines, TakesALineOfTheLimitWhoseLineFeedComesLater) {
  CommandLines lines(10);

  lines.feed("0123456789\r");
  lines.feed("\n");

  EXPECT_EQ(lines.next()->text, "0123456789");
}

TEST(CommandLines, DropsALongLineToItsEndAndGoesOnBehindIt) {
  CommandLines lines(2048);

  for (int i = 0; i < 100; ++i)
    lines.feed(std::string(1000, 'x'));
  EXPECT_FALSE(lines.is_empty());
  lines.feed("xxx\r\nNOOP\r\n");

  EXPECT_EQ(lines.next()->flaw, Flaw::too_long);
  EXPECT_EQ(lines.next()->text, "NOOP");
}

TEST(CommandLines, FlagsALineThatEndsInALineFeedAlone) {
  CommandLines lines(2048);

  lines.feed("NOOP\nNOOP\r\n");

  EXPECT_EQ(lines.next()->flaw, Flaw::bare_line_feed);
  EXPECT_EQ(lines.next()->flaw, Flaw::none);
}

}  // namespace
}  // namespace greyhound::intake
