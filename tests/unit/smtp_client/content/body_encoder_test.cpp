#include "smtp_client/content/body_encoder.hpp"

#include <random>

#include <gtest/gtest.h>

#include "unit/first_seed.hpp"

namespace greyhound::smtp {
namespace {

std::string encode_whole(std::string_view message) {
  BodyEncoder encoder(BodyTransfer::data);
  auto wire = encoder.encode(message);
  return wire + encoder.finish();
}

// What a server makes of it: lines up to the lone dot, one leading dot removed.
std::string decode(std::string_view wire) {
  std::string message;
  while (!wire.starts_with(".\r\n")) {
    const auto end = wire.find("\r\n");
    if (end == std::string_view::npos) return "no lone dot";
    auto line = wire.substr(0, end + 2);
    wire.remove_prefix(end + 2);
    if (line.starts_with('.')) line.remove_prefix(1);
    message += line;
  }
  return wire == ".\r\n" ? message : "bytes after the lone dot";
}

bool has_bare_cr_or_lf(std::string_view wire) {
  for (std::size_t i = 0; i < wire.size(); ++i) {
    if (wire[i] == '\n' && (i == 0 || wire[i - 1] != '\r')) return true;
    if (wire[i] == '\r' && (i + 1 == wire.size() || wire[i + 1] != '\n')) return true;
  }
  return false;
}

TEST(BodyEncoder, DoublesTheDotAtTheStartOfALineOnly_Line18) {
  EXPECT_EQ(encode_whole(".a\r\nb.c\r\n.\r\n..d\r\n"), "..a\r\nb.c\r\n..\r\n...d\r\n.\r\n");
}

TEST(BodyEncoder, EndsAnUnfinishedLineBeforeTheDot) {
  EXPECT_EQ(encode_whole("a"), "a\r\n.\r\n");
  EXPECT_EQ(encode_whole("a\r"), "a\r\n.\r\n");
  EXPECT_EQ(encode_whole(""), ".\r\n");
}

TEST(BodyEncoder, MakesALineEndOfABareCrOrLf_Line1And165) {
  EXPECT_EQ(encode_whole("a\nb\rc\r\r\nd"), "a\r\nb\r\nc\r\n\r\nd\r\n.\r\n");
}

TEST(BodyEncoder, LetsNoBareLineEndSmuggleAnEndOfMessage_Line165) {
  for (const auto* attack :
       {"a\n.\nMAIL", "a\r.\rMAIL", "a\n.\r\nMAIL", "a\r\n.\nMAIL", "a\r.\nM"}) {
    const auto wire = encode_whole(attack);
    EXPECT_EQ(wire.find("\r\n.\r\n"), wire.size() - 5) << wire;
  }
}

TEST(BodyEncoder, GivesTheSameBytesHoweverTheMessageIsCut) {
  const auto seed = test::first_seed();
  std::mt19937 dice(seed);
  constexpr std::string_view alphabet = "..ab\r\n";

  for (int round = 0; round < 5000; ++round) {
    std::string message;
    for (auto n = dice() % 40; n > 0; --n)
      message += alphabet[dice() % alphabet.size()];
    BodyEncoder encoder(BodyTransfer::data);
    std::string wire;
    for (std::size_t at = 0; at < message.size();) {
      const auto size = 1 + dice() % 5;
      wire += encoder.encode(std::string_view(message).substr(at, size));
      at += size;
    }
    wire += encoder.finish();

    ASSERT_EQ(wire, encode_whole(message));
    ASSERT_FALSE(has_bare_cr_or_lf(wire));
    ASSERT_EQ(wire.rfind(".\r\n"), wire.size() - 3);
  }
}

TEST(BodyEncoder, ReturnsCanonicalMessagesUnchanged_Line18And20) {
  const auto seed = test::first_seed();
  std::mt19937 dice(seed);

  for (int round = 0; round < 5000; ++round) {
    std::string message;
    for (auto lines = dice() % 6; lines > 0; --lines) {
      for (auto n = dice() % 4; n > 0; --n)
        message += dice() % 2 == 0 ? '.' : 'x';
      message += "\r\n";
    }
    ASSERT_EQ(decode(encode_whole(message)), message);
  }
}

TEST(BodyEncoder, DoublesNoDotAndAddsNoneForBdat_Line107) {
  BodyEncoder encoder(BodyTransfer::bdat);

  auto wire = encoder.encode(".a\r\n.\nb\r");
  wire += encoder.encode("c");

  EXPECT_EQ(wire + encoder.finish(), ".a\r\n.\r\nb\r\nc\r\n");
}

}  // namespace
}  // namespace greyhound::smtp
