#include "smtp_client/dns/mx_rdata.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "unit/first_seed.hpp"

namespace greyhound::smtp {
namespace {

std::optional<MxRecord> decode(const std::string& bytes) {
  return decode_mx({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::string rdata(const std::string& name) {
  return std::string("\0\x0a", 2) + name;
}

TEST(MxRdata, DecodesPreferenceAndNameInLowerCase) {
  const auto record = decode(std::string("\x01\x02\x03MX1\x04test\0", 12));

  ASSERT_TRUE(record);
  EXPECT_EQ(record->preference, 258);
  EXPECT_EQ(record->exchange, "mx1.test");
}

TEST(MxRdata, DecodesTheRootAsAnEmptyName) {
  const auto record = decode(std::string(3, '\0'));

  ASSERT_TRUE(record);
  EXPECT_EQ(record->preference, 0);
  EXPECT_EQ(record->exchange, "");
}

TEST(MxRdata, RefusesHostileBytes) {
  EXPECT_FALSE(decode(""));
  EXPECT_FALSE(decode(std::string(2, '\0')));                 // no name
  EXPECT_FALSE(decode(rdata("\x03mx1")));                     // no root
  EXPECT_FALSE(decode(rdata("\x09mx1")));                     // label longer than the data
  EXPECT_FALSE(decode(rdata(std::string("\x03mx1\0x", 6))));  // bytes left over
  EXPECT_FALSE(decode(rdata(std::string("\xc0\x0c", 2))));    // compression pointer
  EXPECT_FALSE(decode(rdata(std::string("\x40", 1) + std::string(65, 'a'))));
  EXPECT_FALSE(decode(rdata(std::string("\x03m.1\0", 5))));     // a dot inside a label
  EXPECT_FALSE(decode(rdata(std::string("\x03m\r1\0", 5))));    // a control character
  EXPECT_FALSE(decode(rdata(std::string("\x03m\0001\0", 5))));  // a NUL
}

TEST(MxRdata, RefusesANameOfMoreThan255Octets) {
  std::string name;
  for (int i = 0; i < 64; ++i)
    name += std::string("\x03") + "aaa";

  EXPECT_FALSE(decode(rdata(name + '\0')));
}

TEST(MxRdata, SurvivesAnyBytes) {
  const auto seed = test::first_seed();
  std::mt19937 dice(seed);

  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (auto n = dice() % 300; n > 0; --n) {
      bytes += static_cast<char>(dice() % 8 == 0 ? dice() % 256 : dice() % 5);
    }
    const auto record = decode(bytes);
    ASSERT_TRUE(!record || record->exchange.size() <= 255);
  }
}

}  // namespace
}  // namespace greyhound::smtp
