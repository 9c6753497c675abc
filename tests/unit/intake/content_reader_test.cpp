#include "intake/content_reader.hpp"

#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/random.hpp"
#include "unit/first_seed.hpp"

namespace greyhound::intake {
namespace {

using namespace std::string_literals;
using Flaw = ContentReader::Flaw;
using Framing = ContentReader::Framing;
constexpr std::uint64_t no_limit = 1 << 30;

IntakeSettings settings_with(std::uint64_t max_bytes,
                             BareLineEnds bare_line_ends = BareLineEnds::refuse) {
  IntakeSettings settings;
  settings.max_message_bytes = max_bytes;
  settings.bare_line_ends = bare_line_ends;
  return settings;
}

const auto unlimited = settings_with(no_limit);

// All chunks, joined; each but the last must be full.
std::string content_of(ContentReader& reader) {
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
  const auto settings = settings_with(max_bytes);
  ContentReader reader(Framing::dot, settings);
  const auto used = reader.feed(bytes);
  return {content_of(reader), used, reader.is_at_end(), reader.flaw()};
}

TEST(ContentReader, TakesAMessageAsItIs) {
  const auto result = read("Subject: x\r\n\r\nbody\r\n.\r\n");

  EXPECT_TRUE(result.is_at_end);
  EXPECT_EQ(result.content, "Subject: x\r\n\r\nbody\r\n");
  EXPECT_FALSE(result.flaw.has_value());
}

TEST(ContentReader, TakesAnEmptyMessage) {
  const auto result = read(".\r\n");

  EXPECT_TRUE(result.is_at_end);
  EXPECT_EQ(result.content, "");
}

TEST(ContentReader, TakesOffTheDotsOfTransparency) {
  const auto result = read("..\r\n.x\r\n..x\r\nx.\r\n...\r\n.\r\n");

  EXPECT_EQ(result.content, ".\r\nx\r\n.x\r\nx.\r\n..\r\n");
}

TEST(ContentReader, LeavesWhatFollowsTheEnd) {
  const std::string message = "a\r\n.\r\n";

  const auto result = read(message + "QUIT\r\n");

  EXPECT_EQ(result.used, message.size());
}

TEST(ContentReader, TakesNoLookAlikeForTheEnd_Line164) {
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
    ContentReader reader(Framing::dot, unlimited);
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

TEST(ContentReader, NamesTheFirstFlaw) {
  EXPECT_EQ(read("a\rb\nc\r\n.\r\n").flaw, Flaw::bare_return);
  EXPECT_EQ(read("a\nb\rc\r\n.\r\n").flaw, Flaw::bare_line_feed);
  EXPECT_EQ(read("a\0\n\r\n.\r\n"s).flaw, Flaw::nul);
  EXPECT_EQ(read("\n\r\n.\r\n").flaw, Flaw::bare_line_feed);
  EXPECT_EQ(read("a\r\r\n.\r\n").flaw, Flaw::bare_return);
  EXPECT_EQ(read("abcd\r\n.\r\n", 3).flaw, Flaw::too_large);
}

TEST(ContentReader, CountsTheContentWithoutItsDotsAgainstTheLimit) {
  const auto fits = read("..abc\r\n.\r\n", 6);
  const auto does_not = read("..abcd\r\n.\r\n", 6);

  EXPECT_EQ(fits.content, ".abc\r\n");
  EXPECT_EQ(does_not.flaw, Flaw::too_large);
  EXPECT_TRUE(does_not.is_at_end);
}

TEST(ContentReader, KeepsNothingOfWhatIsTooLarge) {
  const auto settings = settings_with(1000);
  ContentReader reader(Framing::dot, settings);

  for (int i = 0; i < 1000; ++i)
    reader.feed("0123456789012345678901234567890123456789\r\n");
  reader.feed(".\r\n");

  EXPECT_TRUE(reader.is_at_end());
  EXPECT_LE(reader.size_bytes(), 1000U);
  EXPECT_FALSE(reader.has_full_chunk());
  EXPECT_EQ(reader.take_chunk(), "");
}

TEST(ContentReader, NeverCutsALongLine_Line20) {
  const std::string line(100'000, 'x');

  const auto result = read(line + "\r\n.\r\n");

  EXPECT_EQ(result.content, line + "\r\n");
  EXPECT_FALSE(result.flaw.has_value());
}

TEST(ContentReader, HandsOutFullChunksBeforeTheEndAndTheRestAtIt) {
  ContentReader reader(Framing::dot, unlimited);
  const std::string line(ContentReader::chunk_bytes + 10, 'x');

  reader.feed(line);
  const auto first = reader.take_chunk();
  const auto too_early = reader.take_chunk();
  reader.feed("\r\n.\r\n");
  const auto last = reader.take_chunk();

  EXPECT_EQ(first.size(), ContentReader::chunk_bytes);
  EXPECT_EQ(too_early, "");
  EXPECT_EQ(last, "xxxxxxxxxx\r\n");
}

TEST(ContentReader, SeesEightBitBytesWhereverTheyStand) {
  ContentReader plain(Framing::dot, unlimited);
  ContentReader first(Framing::dot, unlimited);
  ContentReader later(Framing::dot, unlimited);

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

TEST(ContentReader, GivesBackAnyContentHoweverTheWireCutsIt) {
  const auto seed = test::first_seed();
  Random random(seed);
  const std::array<std::string, 6> pieces{".", "..", "x", "\r\n", "\xe4 y", "\r\n.\r\n"};
  for (int round = 0; round < 300; ++round) {
    std::string content;
    for (std::uint64_t i = random.below(60); i > 0; --i)
      content += pieces[random.below(6)];
    content += "\r\n";
    const std::string wire = stuffed(content) + "NOOP\r\n";
    ContentReader reader(Framing::dot, unlimited);
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
TEST(ContentReader, EndsExactlyAtTheFirstTrueEnd) {
  const auto seed = test::first_seed();
  Random random(seed);
  const std::string alphabet("\r\n.a\0", 5);
  for (int round = 0; round < 20'000; ++round) {
    std::string wire;
    for (int i = 0; i < 12; ++i)
      wire += alphabet[random.below(alphabet.size())];
    const auto end = ("\r\n" + wire).find("\r\n.\r\n");
    ContentReader reader(Framing::dot, unlimited);

    const auto used = reader.feed(wire);

    EXPECT_EQ(reader.is_at_end(), end != std::string::npos);
    EXPECT_EQ(used, end == std::string::npos ? wire.size() : end + 3);
  }
}

std::string normalised(std::string_view wire) {
  const auto settings = settings_with(no_limit, BareLineEnds::normalise);
  ContentReader reader(Framing::dot, settings);
  EXPECT_EQ(reader.feed(wire), wire.size());
  EXPECT_TRUE(reader.is_at_end());
  EXPECT_FALSE(reader.flaw().has_value());
  return content_of(reader);
}

TEST(ContentReader, MendsBareLineEndsWhereItIsToldTo) {
  EXPECT_EQ(normalised("a\nb\r\n.\r\n"), "a\r\nb\r\n");
  EXPECT_EQ(normalised("a\rb\r\n.\r\n"), "a b\r\n");
  EXPECT_EQ(normalised("a\r\r\n.\r\n"), "a \r\n");
  EXPECT_EQ(normalised("\n\r\r\n.\r\n"), "\r\n \r\n");
}

TEST(ContentReader, TakesNoMendedLineEndForPartOfTheEnd_Line164) {
  EXPECT_EQ(normalised("a\n.\nb\r\n.\r\n"), "a\r\n.\r\nb\r\n");
  EXPECT_EQ(normalised("a\n.\r\nb\r\n.\r\n"), "a\r\n.\r\nb\r\n");
  EXPECT_EQ(normalised("a\r\n.\nb\r\n.\r\n"), "a\r\n\r\nb\r\n");
  EXPECT_EQ(normalised("a\r\n.\rb\r\n.\r\n"), "a\r\n b\r\n");
  EXPECT_EQ(normalised("a\r.\rb\r\n.\r\n"), "a . b\r\n");
}

TEST(ContentReader, RefusesALineBeyondTheLimitHoweverItComes) {
  auto settings = settings_with(no_limit);
  settings.max_line_bytes = 100;
  ContentReader fits(Framing::dot, settings);
  ContentReader does_not(Framing::dot, settings);

  for (int i = 0; i < 3; ++i)
    fits.feed(std::string(100, 'x') + "\r\n");
  for (int i = 0; i < 101; ++i)
    does_not.feed("x");

  EXPECT_FALSE(fits.flaw().has_value());
  EXPECT_EQ(does_not.flaw(), Flaw::long_line);
}

Read read_counted(const std::vector<std::string>& pieces) {
  ContentReader reader(Framing::counted, unlimited);
  std::size_t used = 0;
  for (const auto& piece : pieces)
    used += reader.feed(piece);
  reader.finish();
  return {content_of(reader), used, reader.is_at_end(), reader.flaw()};
}

TEST(ContentReader, TakesCountedOctetsAsTheyAreDotsAndAll) {
  const auto result = read_counted({"..a\r", "\n.\r\n", ".b\r\n"});

  EXPECT_EQ(result.content, "..a\r\n.\r\n.b\r\n");
  EXPECT_EQ(result.used, 12U);
  EXPECT_TRUE(result.is_at_end);
  EXPECT_FALSE(result.flaw.has_value());
}

TEST(ContentReader, EndsTheLastLineOfCountedOctets) {
  EXPECT_EQ(read_counted({"a"}).content, "a\r\n");
  EXPECT_EQ(read_counted({"a\r\n"}).content, "a\r\n");
  EXPECT_EQ(read_counted({}).content, "");
}

TEST(ContentReader, RefusesInCountedOctetsWhatItRefusesElsewhere_Line164) {
  EXPECT_EQ(read_counted({"a\n.\n"}).flaw, Flaw::bare_line_feed);
  EXPECT_EQ(read_counted({"a\r.\r\n"}).flaw, Flaw::bare_return);
  EXPECT_EQ(read_counted({"a\r", "b"}).flaw, Flaw::bare_return);
  EXPECT_EQ(read_counted({"a\r"}).flaw, Flaw::bare_return);
  EXPECT_EQ(read_counted({"a\0b"s}).flaw, Flaw::nul);
}

}  // namespace
}  // namespace greyhound::intake
