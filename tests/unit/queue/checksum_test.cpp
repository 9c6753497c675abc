#include "queue/checksum.hpp"

#include <string>

#include <dlfcn.h>
#include <gtest/gtest.h>

namespace rocksdb::crc32c {
std::uint32_t Extend(std::uint32_t before, const char* bytes, std::size_t length);
}

namespace greyhound::queue {
namespace {

TEST(ChecksumTest, TheExamplesOfRfc3720) {
  std::string rising(32, '\0');
  for (std::size_t i = 0; i < rising.size(); ++i)
    rising[i] = static_cast<char>(i);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a91'36aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8'ab43U);
  EXPECT_EQ(crc32c(rising), 0x46dd'794eU);
  EXPECT_EQ(crc32c(std::string(rising.rbegin(), rising.rend())), 0x113f'db5cU);
}

TEST(ChecksumTest, OfNothingIsNothing) {
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c("", 0x8a91'36aaU), 0x8a91'36aaU);
}

TEST(ChecksumTest, OfPiecesIsThatOfTheWhole) {
  std::string text;
  for (std::size_t i = 0; i < 5000; ++i)
    text += static_cast<char>(i * 7);
  const std::string_view whole = text;
  for (std::size_t cut = 0; cut <= whole.size(); cut += 13)
    ASSERT_EQ(crc32c(whole.substr(cut), crc32c(whole.substr(0, cut))), crc32c(whole)) << cut;
}

TEST(ChecksumTest, IsTheSameWithoutTheInstruction) {
  std::string text;
  for (std::size_t i = 0; i < 300; ++i) {
    ASSERT_EQ(crc32c_by_table(text, 7), crc32c(text, 7)) << i;
    text += static_cast<char>(i * 11);
  }
}

// If this fails after an upgrade, the library computes its own again: slower, and no less right.
TEST(ChecksumTest, RocksDbTakesIt) {
  const auto* const bound = ::dlsym(RTLD_DEFAULT, "_ZN7rocksdb6crc32c6ExtendEjPKcm");
  Dl_info place{};
  ASSERT_NE(::dladdr(bound, &place), 0);
  EXPECT_EQ(std::string(place.dli_fname).find("librocksdb"), std::string::npos) << place.dli_fname;
  EXPECT_EQ(rocksdb::crc32c::Extend(0, "123456789", 9), 0xe306'9283U);
}

}  // namespace
}  // namespace greyhound::queue
