#include "smtp_client/dns/tlsa_rdata.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace greyhound::smtp {
namespace {

using Bytes = std::vector<std::uint8_t>;

mail::TlsaRecord record(std::uint8_t usage,
                        std::uint8_t selector,
                        std::uint8_t matching_type,
                        std::size_t size_bytes) {
  return {usage, selector, matching_type, Bytes(size_bytes, 0xaa)};
}

TEST(TlsaRdata, DecodesTheThreeFieldsAndTheData) {
  const auto decoded = decode_tlsa(Bytes{3, 1, 2, 0xab, 0xcd});

  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, (mail::TlsaRecord{3, 1, 2, {0xab, 0xcd}}));
}

TEST(TlsaRdata, RefusesWhatIsCutShort) {
  EXPECT_FALSE(decode_tlsa(Bytes{}));
  EXPECT_FALSE(decode_tlsa(Bytes{3, 1}));
}

TEST(TlsaRdata, KnowsOfRecordsWithTooLittleOrTooMuchDataButCannotUseThem) {
  const auto whole_of = [](std::size_t size_bytes) {
    Bytes rdata(3 + size_bytes, 0xaa);
    rdata[0] = 3;
    rdata[1] = 0;
    rdata[2] = 0;
    return decode_tlsa(rdata).value();
  };

  EXPECT_FALSE(is_usable(whole_of(0)));
  EXPECT_TRUE(is_usable(whole_of(max_tlsa_data_bytes)));
  EXPECT_FALSE(is_usable(whole_of(max_tlsa_data_bytes + 1)));
}

TEST(TlsaRdata, IsUsableForMailWithTwoUsagesOnly_Line132) {
  EXPECT_FALSE(is_usable(record(0, 1, 1, 32)));
  EXPECT_FALSE(is_usable(record(1, 1, 1, 32)));
  EXPECT_TRUE(is_usable(record(2, 1, 1, 32)));
  EXPECT_TRUE(is_usable(record(3, 1, 1, 32)));
  EXPECT_FALSE(is_usable(record(4, 1, 1, 32)));
  EXPECT_FALSE(is_usable(record(255, 1, 1, 32)));
}

TEST(TlsaRdata, IsUsableWithKnownFieldsAndAWholeDigest) {
  EXPECT_TRUE(is_usable(record(3, 0, 0, 900)));
  EXPECT_TRUE(is_usable(record(3, 0, 2, 64)));
  EXPECT_FALSE(is_usable(record(3, 2, 1, 32)));
  EXPECT_FALSE(is_usable(record(3, 1, 3, 48)));
  EXPECT_FALSE(is_usable(record(3, 1, 1, 31)));
  EXPECT_FALSE(is_usable(record(3, 1, 2, 32)));
  EXPECT_FALSE(is_usable(record(3, 1, 0, 0)));
}

}  // namespace
}  // namespace greyhound::smtp
