#include "mail/utf8.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace greyhound::mail {
namespace {

const std::vector<std::string> malformed{"a\xfc",
                                         "a\xc3",
                                         "\xc0\xaf",               // overlong
                                         "\xe0\x80\xaf",           // overlong
                                         "\xed\xa0\x80",           // surrogate
                                         "\xf4\x90\x80\x80",       // beyond Unicode
                                         "\xe2\x82",               // cut short
                                         "\x80",                   // no lead byte
                                         "\xc3\xbc\xbc",           // one byte too many
                                         "\xf8\x88\x80\x80\x80"};  // five bytes

bool is_valid_byte_by_byte(std::string_view text) {
  Utf8Scan scan;
  for (const char c : text)
    scan.take(c);
  scan.take('\n');
  return scan.is_valid();
}

TEST(Utf8, IsToldFromOtherBytes) {
  for (const auto& text : malformed) {
    EXPECT_FALSE(is_utf8(text)) << text;
    EXPECT_FALSE(is_valid_byte_by_byte(text)) << text;
  }
  for (const std::string text : {"", "a", "a\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_TRUE(is_valid_byte_by_byte(text)) << text;
  }
}

TEST(Utf8, IsFoundToBeBeyondAscii) {
  Utf8Scan plain;
  plain.take('a');
  Utf8Scan wide;
  wide.take('\xc3');

  EXPECT_FALSE(plain.has_eight_bit());
  EXPECT_TRUE(wide.has_eight_bit());
  EXPECT_TRUE(is_ascii("a~\x7f"));
  EXPECT_FALSE(is_ascii("a\x80"));
}

TEST(Utf8, HasAFormForPlacesWhereOnlyAsciiMayStand_Line114) {
  EXPECT_EQ(to_utf8_xtext("j\xc3\xbcrgen@b\xc3\xbc"
                          "cher.example"),
            R"(j\x{FC}rgen@b\x{FC}cher.example)");
  EXPECT_EQ(to_utf8_xtext("\xe2\x82\xac\xf0\x9f\x98\x80@d.example"),
            R"(\x{20AC}\x{1F600}@d.example)");
  EXPECT_EQ(to_utf8_xtext(R"("a b\\+="@d)"), R"("a\x{20}b\x{5C}\x{5C}\x{2B}\x{3D}"@d)");
}

}  // namespace
}  // namespace greyhound::mail
