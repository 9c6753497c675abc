#include "intake/data_reader.hpp"

#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/random.hpp"

namespace greyhound::intake {
namespace {

using namespace std::string_literals;
using Flaw = DataReader::Flaw;
constexpr std::uint64_t no_limit = 1 << 30;

// All chunks, joined; each but the last must be full.
std::string content_of(DataReader& reader) {
  std::string content;
  for (auto chunk = reader.take_chunk(); !chunk.empty(); chunk = reader.take_chunk()) {
    content += chunk;
  }
  return content;
}

struct Read {
  std::string content;
  std::size_t used;
  bool is_at_end;
  std::optional<Flaw> flaw;
};

Read read(std::string_view bytes, std::uint64_t max_bytes = no_limit) {
  DataReader reader(max_bytes);
  const auto used = reader.feed(bytes);
  return {content_of(reader), used, reader.is_at_end(), reader.flaw()};
}

TEST(DataReader, TakesAMessageAsItIs) {
  const auto result = read("Subject: x\r\n\r\nbody\r\n.\r\n");

  EXPECT_TRUE(result.is_at_end);
  EXPECT_EQ(result.content, "Subject: x\r\n\r\nbody\r\n");
  EXPECT_FALSE(result.flaw.has_value());
}

TEST(DataReader, TakesAnEmptyMessage) {
  const auto result = read(".\r\n");

  EXPECT_TRUE(result.is_at_end);
  EXPECT_EQ(result.content, "");
}

TEST(DataReader, TakesOffTheDotsOfTransparency) {
  const auto result = read("..\r\n.x\r\n..x\r\nx.\r\n...\r\n.\r\n");

  EXPECT_EQ(result.content, ".\r\nx\r\n.x\r\nx.\r\n..\r\n");
}

TEST(DataReader, LeavesWhatFollowsTheEnd) {
  const std::string message = "a\r\n.\r\n";

  const auto result = read(message + "QUIT\r\n");

  EXPECT_EQ(result.used, message.size());
}

TEST(DataReader, TakesNoLookAlikeForTheEnd_Line164) {
  const std::vector<std::string> look_alikes{
      "\n.\n",
      "\r\n.\n",
      "\n.\r\n",
      "\r.\r",
      "\r\n.\r",
      "\r.\r\n",
      "\r.\n",
      "\n.\r",
      "\r\r\n.\r\r\n",
      "\r\n.\r\r\n",
      "\n\n.\n\n",
      "\r\n\0.\r\n"s,
      "\r\n.\0\r\n"s,
      "\r\n\n.\r\n",
      "\n\r.\r\n",
      "\r\n.\n\r\n",
      "\r\n.\r.\r\n",
  };
  for (std::size_t i = 0; i < look_alikes.size(); ++i) {
    DataReader reader(no_limit);
    const std::string before = "Subject: one\r\n\r\nfirst";
    std::string wire = before + look_alikes[i];
    wire += "MAIL FROM:<evil@b.example>\r\n";

    const auto used = reader.feed(wire);

    EXPECT_FALSE(reader.is_at_end()) << i;
    EXPECT_EQ(used, wire.size()) << i;
    EXPECT_TRUE(reader.flaw().has_value()) << i;
    reader.feed(".\r\n");
    EXPECT_TRUE(reader.is_at_end()) << i;
    EXPECT_EQ(reader.take_chunk(), "") << i;
  }
}

TEST(DataReader, NamesTheFirstFlaw) {
  EXPECT_EQ(read("a\rb\nc\r\n.\r\n").flaw, Flaw::bare_return);
  EXPECT_EQ(read("a\nb\rc\r\n.\r\n").flaw, Flaw::bare_line_feed);
  EXPECT_EQ(read("a\0\n\r\n.\r\n"s).flaw, Flaw::nul);
  EXPECT_EQ(read("\n\r\n.\r\n").flaw, Flaw::bare_line_feed);
  EXPECT_EQ(read("a\r\r\n.\r\n").flaw, Flaw::bare_return);
  EXPECT_EQ(read("abcd\r\n.\r\n", 3).flaw, Flaw::too_large);
}

TEST(DataReader, CountsTheContentWithoutItsDotsAgainstTheLimit) {
  const auto fits = read("..abc\r\n.\r\n", 6);
  const auto does_not = read("..abcd\r\n.\r\n", 6);

  EXPECT_EQ(fits.content, ".abc\r\n");
  EXPECT_EQ(does_not.flaw, Flaw::too_large);
  EXPECT_TRUE(does_not.is_at_end);
}

TEST(DataReader, KeepsNothingOfWhatIsTooLarge) {
  DataReader reader(1000);

  for (int i = 0; i < 1000; ++i)
    reader.feed("0123456789012345678901234567890123456789\r\n");
  reader.feed(".\r\n");

  EXPECT_TRUE(reader.is_at_end());
  EXPECT_LE(reader.size_bytes(), 1000U);
  EXPECT_FALSE(reader.has_full_chunk());
  EXPECT_EQ(reader.take_chunk(), "");
}

TEST(DataReader, NeverCutsALongLine_Line20) {
  const std::string line(100'000, 'x');

  const auto result = read(line + "\r\n.\r\n");

  EXPECT_EQ(result.content, line + "\r\n");
  EXPECT_FALSE(result.flaw.has_value());
}

TEST(DataReader, HandsOutFullChunksBeforeTheEndAndTheRestAtIt) {
  DataReader reader(no_limit);
  const std::string line(DataReader::chunk_bytes + 10, 'x');

  reader.feed(line);
  const auto first = reader.take_chunk();
  const auto too_early = reader.take_chunk();
  reader.feed("\r\n.\r\n");
  const auto last = reader.take_chunk();

  EXPECT_EQ(first.size(), DataReader::chunk_bytes);
  EXPECT_EQ(too_early, "");
  EXPECT_EQ(last, "xxxxxxxxxx\r\n");
}

TEST(DataReader, SeesEightBitBytesWhereverTheyStand) {
  DataReader plain(no_limit);
  DataReader first(no_limit);
  DataReader later(no_limit);

  plain.feed("abc\r\n.\r\n");
  first.feed("\xe4\r\n.\r\n");
  later.feed("ab\xe4\r\n.\r\n");

  EXPECT_FALSE(plain.has_eight_bit());
  EXPECT_TRUE(first.has_eight_bit());
  EXPECT_TRUE(later.has_eight_bit());
}

// What a sender does to its content, written down plainly.
std::string stuffed(const std::string& content) {
  std::string wire;
  bool is_line_start = true;
  for (const char c : content) {
    if (is_line_start && c == '.') wire += '.';
    wire += c;
    is_line_start = c == '\n';
  }
  return wire + ".\r\n";
}

TEST(DataReader, GivesBackAnyContentHoweverTheWireCutsIt) {
  const std::uint64_t seed = Random::from_system().next();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const std::array<std::string, 6> pieces{".", "..", "x", "\r\n", "\xe4 y", "\r\n.\r\n"};
  for (int round = 0; round < 300; ++round) {
    std::string content;
    for (std::uint64_t i = random.below(60); i > 0; --i)
      content += pieces[random.below(6)];
    content += "\r\n";
    const std::string wire = stuffed(content) + "NOOP\r\n";
    DataReader reader(no_limit);
    std::size_t at = 0;
    while (!reader.is_at_end() && at < wire.size()) {
      at += reader.feed(std::string_view(wire).substr(at, 1 + random.below(7)));
    }

    EXPECT_EQ(content_of(reader), content);
    EXPECT_EQ(wire.substr(at), "NOOP\r\n");
    EXPECT_FALSE(reader.flaw().has_value());
  }
}

// The rule said in one line, against the state machine.
TEST(DataReader, EndsExactlyAtTheFirstTrueEnd) {
  const std::uint64_t seed = Random::from_system().next();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const std::string alphabet("\r\n.a\0", 5);
  for (int round = 0; round < 20'000; ++round) {
    std::string wire;
    for (int i = 0; i < 12; ++i)
      wire += alphabet[random.below(alphabet.size())];
    const auto end = ("\r\n" + wire).find("\r\n.\r\n");
    DataReader reader(no_limit);

    const auto used = reader.feed(wire);

    EXPECT_EQ(reader.is_at_end(), end != std::string::npos);
    EXPECT_EQ(used, end == std::string::npos ? wire.size() : end + 3);
  }
}

}  // namespace
}  // namespace greyhound::intake
