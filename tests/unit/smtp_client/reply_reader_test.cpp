#include "smtp_client/reply_reader.hpp"

#include <random>

#include <gtest/gtest.h>

#include "unit/first_seed.hpp"

namespace greyhound::smtp {
namespace {

constexpr ReplyLimits limits{.max_bytes = 2000, .max_lines = 20, .max_line_bytes = 500};

std::optional<Result<mail::Reply>> read(std::string_view bytes) {
  ReplyReader reader(limits);
  reader.feed(bytes);
  return reader.next();
}

// Empty: it was no error.
std::string error_of(std::string_view bytes) {
  const auto reply = read(bytes);
  return reply && !*reply ? reply->error().what : "";
}

TEST(ReplyReader, ReadsAReplyOfOneLine) {
  const auto reply = read("250 ok\r\n");

  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*reply)->code, 250);
  EXPECT_EQ((*reply)->lines, std::vector<std::string>{"ok"});
}

TEST(ReplyReader, KeepsEveryLineOfAMultiLineReply_Line11) {
  const auto reply = read("250-mx.test\r\n250-SIZE 1000\r\n250\r\n");

  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*reply)->lines, (std::vector<std::string>{"mx.test", "SIZE 1000", ""}));
}

TEST(ReplyReader, LeavesTheStatusInTheTextForWhoeverMayBelieveIt) {
  const auto reply = read("451 4.7.1 Greylisted\r\n");

  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*reply)->status, std::nullopt);
  EXPECT_EQ((*reply)->lines.front(), "4.7.1 Greylisted");
}

TEST(ReplyReader, WaitsForTheLastByteHoweverTheyArrive) {
  const std::string bytes = "451-4.7.1 grey\r\n451 4.7.1 listed\r\n";
  ReplyReader reader(limits);

  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    reader.feed(bytes.substr(i, 1));
    ASSERT_FALSE(reader.next()) << "after byte " << i;
  }
  reader.feed("\n");

  const auto reply = reader.next();
  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*reply)->lines.size(), 2U);
}

TEST(ReplyReader, HandsOutPipelinedRepliesOneByOne) {
  ReplyReader reader(limits);
  reader.feed("250 a\r\n550 b\r\n451 c");

  const auto first = reader.next();
  const auto second = reader.next();
  const auto third = reader.next();

  ASSERT_TRUE(first && *first && second && *second);
  EXPECT_EQ((*first)->code, 250);
  EXPECT_EQ((*second)->code, 550);
  EXPECT_FALSE(third);
}

TEST(ReplyReader, TakesABareLineFeedAsALineEnd) {
  const auto reply = read("250-a\n250 b\n");

  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*reply)->lines, (std::vector<std::string>{"a", "b"}));
}

TEST(ReplyReader, ReplacesControlCharacters_Line169) {
  const auto reply = read(std::string_view("250 a\0b\x1b[31m\rc\td\x7f\r\n", 19));

  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*reply)->lines.front(), "a?b?[31m?c d?");
}

TEST(ReplyReader, RefusesWhatIsNoReply) {
  EXPECT_EQ(error_of("hello\r\n"), "a line without a reply code");
  EXPECT_EQ(error_of("\r\n"), "a line without a reply code");
  EXPECT_EQ(error_of("25 ok\r\n"), "a line without a reply code");
  EXPECT_EQ(error_of("150 wait\r\n"), "a line without a reply code");
  EXPECT_EQ(error_of("650 what\r\n"), "a line without a reply code");
  EXPECT_EQ(error_of("2500 ok\r\n"), "no space or hyphen after the reply code");
}

TEST(ReplyReader, RefusesLinesThatDisagree_Line11) {
  EXPECT_EQ(error_of("250-a\r\n550 b\r\n"), "lines with the codes 250 and 550");
}

TEST(ReplyReader, RefusesALineBeyondTheLimitBeforeItsEndHasCome_Line12) {
  EXPECT_EQ(error_of("250 " + std::string(496, 'x')), "a line of more than 500 bytes");
  EXPECT_EQ(error_of("250 " + std::string(600, 'x') + "\r\n"), "a line of more than 500 bytes");
  EXPECT_EQ(error_of("250 " + std::string(490, 'x') + "\r\n"), "");
}

TEST(ReplyReader, RefusesTooManyLinesAndTooManyBytes_Line12) {
  std::string many_lines;
  for (int i = 0; i < 21; ++i)
    many_lines += "250-x\r\n";
  std::string many_bytes;
  for (int i = 0; i < 5; ++i)
    many_bytes += "250-" + std::string(450, 'x') + "\r\n";

  EXPECT_EQ(error_of(many_lines), "more than 20 lines");
  EXPECT_EQ(error_of(many_bytes), "more than 2000 bytes");
}

TEST(ReplyReader, CountsTheBytesOfEachReplyAnew) {
  ReplyReader reader(limits);
  const std::string line = "250 " + std::string(450, 'x') + "\r\n";

  for (int i = 0; i < 10; ++i) {
    reader.feed(line);
    const auto reply = reader.next();
    ASSERT_TRUE(reply && *reply) << i;
  }
}

TEST(ReplyReader, TrustsNothingAfterAnError) {
  ReplyReader reader(limits);
  reader.feed("nonsense\r\n250 ok\r\n");
  const auto first = reader.next();
  reader.feed("250 ok\r\n");
  const auto second = reader.next();

  ASSERT_TRUE(first && second);
  EXPECT_FALSE(*first);
  EXPECT_FALSE(*second);
}

TEST(ReplyReader, SurvivesAnyBytes) {
  const auto seed = test::first_seed();
  std::mt19937 dice(seed);
  constexpr std::string_view alphabet = "2345 0-\r\n\0a\xff";

  for (int round = 0; round < 2000; ++round) {
    ReplyReader reader(limits);
    for (int piece = 0; piece < 20; ++piece) {
      std::string bytes;
      for (auto n = dice() % 30; n > 0; --n)
        bytes += alphabet[dice() % alphabet.size()];
      reader.feed(bytes);
      for (auto reply = reader.next(); reply && *reply; reply = reader.next()) {
        ASSERT_GE((*reply)->code, 200);
        ASSERT_LE((*reply)->code, 599);
        ASSERT_FALSE((*reply)->lines.empty());
      }
    }
  }
}

}  // namespace
}  // namespace greyhound::smtp
