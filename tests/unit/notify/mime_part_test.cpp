#include "notify/mime_part.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/safe_text.hpp"
#include "unit/notify/notice_builders.hpp"

namespace greyhound::notify {
namespace {

using testing::noon;
using namespace std::chrono_literals;

TEST(HeaderField, FoldsAtSpacesBeforeColumn78) {
  const auto value = std::string(40, 'a') + " " + std::string(40, 'b') + " c";

  const auto field = header_field("X-Name", value);

  EXPECT_EQ(field, "X-Name: " + std::string(40, 'a') + "\r\n " + std::string(40, 'b') + " c\r\n");
}

TEST(HeaderField, BreaksAWordThatFitsNoLine) {
  const auto field = header_field("X-Name", std::string(1500, 'a'));

  EXPECT_EQ(field, "X-Name: " + std::string(990, 'a') + "\r\n " + std::string(510, 'a') + "\r\n");
}

TEST(HeaderField, NeverLeavesALineOfSpaces) {
  const auto field = header_field("X-Name", "a" + std::string(3000, ' ') + "b   ");

  EXPECT_EQ(field, "X-Name: a" + std::string(64, ' ') + "b\r\n");
}

TEST(HeaderField, KeepsLinesApartEvenAfterAColon) {
  const auto field =
      header_field_of_lines("X-Name", {"one:", "  ", "two", std::string(90, 'c') + " d"});

  EXPECT_EQ(field, "X-Name: one:\r\n two\r\n " + std::string(90, 'c') + " d\r\n");
}

TEST(HeaderWords, AreEncodedOnlyWhereTheyMust) {
  EXPECT_EQ(header_words("Delayed: your mail"), "Delayed: your mail");
  EXPECT_EQ(header_words("Verz\xc3\xb6gert: a_b"), "=?utf-8?Q?Verz=C3=B6gert=3A_a=5Fb?=");
  EXPECT_EQ(header_words("to =?x"), "=?utf-8?Q?to_=3D=3Fx?=");
}

TEST(HeaderWords, LeaveRoomForTheirFieldInALineAndSplitNoCharacter) {
  std::string text;
  for (int i = 0; i < 60; ++i)
    text += "\xe2\x82\xac";

  const auto words = header_words(text);

  std::size_t characters = 0;
  for (std::size_t at = 0; at < words.size();) {
    const auto end = std::min(words.find(' ', at), words.size());
    const auto word = words.substr(at, end - at);
    EXPECT_LE(word.size(), 66U);
    EXPECT_EQ((word.size() - 12) % 9, 0U) << word;
    characters += (word.size() - 12) / 9;
    at = end + 1;
  }
  EXPECT_EQ(characters, 60U);
}

TEST(DisplayName, IsQuotedWhereItMustBe) {
  EXPECT_EQ(display_name("Mail Delivery System"), "Mail Delivery System");
  EXPECT_EQ(display_name("Post, \"Inc.\""), R"("Post, \"Inc.\"")");
  EXPECT_EQ(display_name("Syst\xc3\xa8me"), "=?utf-8?Q?Syst=C3=A8me?=");
  EXPECT_EQ(display_name(""), "");
}

TEST(QuotedPrintable, EncodesWhatMailServersChange) {
  EXPECT_EQ(quoted_printable("a=b\r\nblank \r\ntab\t\r\n\xc3\xbc\r\n"),
            "a=3Db\r\nblank=20\r\ntab=09\r\n=C3=BC\r\n");
}

TEST(QuotedPrintable, KeepsLinesWithin76Columns) {
  EXPECT_EQ(quoted_printable(std::string(76, 'a') + "\r\n"), std::string(76, 'a') + "\r\n");
  EXPECT_EQ(quoted_printable(std::string(77, 'a')), std::string(75, 'a') + "=\r\naa");
  EXPECT_EQ(quoted_printable(std::string(74, 'a') + "=b"), std::string(74, 'a') + "=\r\n=3Db");
}

TEST(Boundary, TakesTheFirstNumberThatTheContentLeftFree) {
  EXPECT_EQ(boundary_for("AB", "nothing"), "=_AB_0=");
  EXPECT_EQ(boundary_for("AB", "x\r\n--=_AB_0=\r\n--=_AB_1--=_AB_3"), "=_AB_2=");
  EXPECT_EQ(boundary_for("AB", "--=_AB_99999999999999999999999"), "=_AB_0=");
  EXPECT_EQ(boundary_for("A B\r\n\"", ""), "=_AB_0=");
  EXPECT_EQ(boundary_for("", ""), "=_notice_0=");
  EXPECT_LE(boundary_for(std::string(500, 'A'), "").size(), 70U);
}

TEST(SafeText, EscapesWhatIsNotPrintableAscii) {
  EXPECT_EQ(ascii_only("plain\ttext"), "plain text");
  EXPECT_EQ(ascii_only(std::string("\0\r\n\x7f\xc3\xbc", 6)), R"(\x00\x0D\x0A\x7F\xC3\xBC)");
}

TEST(SafeText, KeepsOnlyUtf8ThatIsShownAndNotObeyed) {
  EXPECT_EQ(readable_utf8("\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80"),
            "\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(readable_utf8("\x1b[2J"), R"(\x1B[2J)");
  EXPECT_EQ(readable_utf8("\xc2\x9b"
                          "2J"),
            R"(\xC2\x9B2J)");                                           // C1 control
  EXPECT_EQ(readable_utf8("\xe2\x80\xae"), R"(\xE2\x80\xAE)");          // right-to-left override
  EXPECT_EQ(readable_utf8("\xc0\xaf"), R"(\xC0\xAF)");                  // overlong
  EXPECT_EQ(readable_utf8("\xed\xa0\x80"), R"(\xED\xA0\x80)");          // surrogate
  EXPECT_EQ(readable_utf8("\xf4\x90\x80\x80"), R"(\xF4\x90\x80\x80)");  // beyond Unicode
  EXPECT_EQ(readable_utf8("\xe2\x82"), R"(\xE2\x82)");                  // cut short
}

TEST(Xtext, DecodesAndRefusesWhatIsNotXtext) {
  EXPECT_EQ(decode_xtext("a+2Bb+3D"), "a+b=");
  EXPECT_EQ(decode_xtext(""), "");
  EXPECT_EQ(decode_xtext("a=b"), std::nullopt);
  EXPECT_EQ(decode_xtext("a b"), std::nullopt);
  EXPECT_EQ(decode_xtext("a+2"), std::nullopt);
  EXPECT_EQ(decode_xtext("a+zz"), std::nullopt);
  EXPECT_EQ(decode_xtext("a+-1"), std::nullopt);
}

TEST(NoticeDate, IsWrittenForPeopleInUtc) {
  EXPECT_EQ(plain_date(noon + 61s, *testing::words()), "Sunday 1 March 2026, 12:01:01 UTC");
}

}  // namespace
}  // namespace greyhound::notify
