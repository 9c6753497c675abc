#include "smtp_client/dns/txt_rdata.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace greyhound::smtp {
namespace {

std::optional<std::string> decode(const std::string& bytes) {
  return decode_txt(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
}

TEST(TxtRdata, JoinsTheStringsOfARecord) {
  EXPECT_EQ(decode("\x05hello"), "hello");
  EXPECT_EQ(decode("\x03hel\x02lo"), "hello");
  EXPECT_EQ(decode(std::string("\x02hi\0\x01!", 6)), "hi!");
  EXPECT_EQ(decode(std::string(1, '\0')), "");
}

TEST(TxtRdata, KeepsAnyByte) {
  EXPECT_EQ(decode(std::string("\x03\0\xff\n", 4)), std::string("\0\xff\n", 3));
}

TEST(TxtRdata, IsNothingWhenCutShort) {
  EXPECT_EQ(decode(""), std::nullopt);
  EXPECT_EQ(decode("\x05hell"), std::nullopt);
  EXPECT_EQ(decode("\x02hi\xff"), std::nullopt);
}

TEST(TxtRdata, IsNothingBeyondItsBound) {
  std::string most;
  for (std::size_t i = 0; i < max_txt_bytes / 256; ++i)
    most += "\xff" + std::string(255, 'x');

  EXPECT_EQ(decode(most).value_or("").size(), max_txt_bytes - 16);
  EXPECT_EQ(decode(most + std::string(1, '\0')), std::nullopt);
}

}  // namespace
}  // namespace greyhound::smtp
