#include "notify/returned_original.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/dsn_composer.hpp"
#include "unit/notify/notice_builders.hpp"
#include "unit/notify/report_parser.hpp"

namespace greyhound::notify {
namespace {

using testing::a_delay;
using testing::a_failure;
using testing::a_reporter;
using testing::decoded;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::only;
using testing::parse_report;
using ::testing::SizeIs;

testing::Report report_of(const NoticeFacts& facts) {
  auto report = parse_report(compose(facts, a_reporter()));
  EXPECT_THAT(report.faults, IsEmpty());
  return report;
}

TEST(ReturnedOriginal, GivesTheWholeMessageBackByteForByte_Line80) {
  auto facts = a_failure();
  facts.original_whole = facts.original_head + "\r\nHello,\r\n\r\n.\r\n--\r\nAlice\r\n\r\n";

  const auto report = report_of(facts);

  ASSERT_THAT(report.parts, SizeIs(3));
  EXPECT_EQ(only(report.parts[2].header, "Content-Type"), "message/rfc822");
  EXPECT_EQ(only(report.parts[2].header, "Content-Transfer-Encoding"), "7bit");
  EXPECT_EQ(report.parts[2].body, *facts.original_whole);
  EXPECT_THAT(report.parts[0].body, HasSubstr("Your message is attached."));
}

TEST(ReturnedOriginal, SaysOnTheOutsideThatTheMessageInsideIsEightBit) {
  auto facts = a_failure();
  facts.original_whole = facts.original_head + "\r\nGr\xc3\xbc\xc3\x9f\x65 \xff\r\n";

  const auto report = report_of(facts);

  EXPECT_EQ(only(report.top.header, "Content-Transfer-Encoding"), "8bit");
  EXPECT_EQ(only(report.parts[2].header, "Content-Transfer-Encoding"), "8bit");
  EXPECT_EQ(report.parts[2].body, *facts.original_whole);
}

TEST(ReturnedOriginal, GivesTheHeaderWhereNoPartMayHoldTheMessage) {
  const std::string bodies[] = {std::string("a\0b\r\n", 5),
                                "lone\nfeed\r\n",
                                "lone\rreturn\r\n",
                                "ends in a return\r",
                                std::string(999, 'x') + "\r\n"};
  for (const auto& body : bodies) {
    auto facts = a_failure();
    facts.original_whole = facts.original_head + "\r\n" + body;

    const auto report = report_of(facts);

    EXPECT_EQ(only(report.parts[2].header, "Content-Type"), "text/rfc822-headers");
    EXPECT_EQ(report.parts[2].body, facts.original_head);
    EXPECT_THAT(report.parts[0].body, HasSubstr("The header of your message is attached."));
  }
}

TEST(ReturnedOriginal, NeverGivesTheWholeMessageWithADelay) {
  auto facts = a_delay();
  facts.original_whole = facts.original_head + "\r\nHello\r\n";

  const auto report = report_of(facts);

  EXPECT_EQ(only(report.parts[2].header, "Content-Type"), "text/rfc822-headers");
  EXPECT_THAT(report.parts[2].body, Not(HasSubstr("Hello")));
}

TEST(ReturnedOriginal, KeepsAnEightBitHeaderInSevenBits) {
  auto facts = a_delay();
  facts.original_head = "Subject: Gr\xc3\xbc\xc3\x9f\x65\r\nX-Equal: a=b\r\n";

  const auto report = report_of(facts);

  EXPECT_EQ(only(report.top.header, "Content-Transfer-Encoding"), "7bit");
  EXPECT_EQ(only(report.parts[2].header, "Content-Type"), "text/rfc822-headers; charset=utf-8");
  EXPECT_EQ(only(report.parts[2].header, "Content-Transfer-Encoding"), "quoted-printable");
  EXPECT_EQ(decoded(report.parts[2]), facts.original_head);
}

TEST(ReturnedOriginal, ClaimsNoCharsetForBytesThatAreNotUtf8) {
  auto facts = a_delay();
  facts.original_head = "Subject: Gr\xfc\xdf\x65\r\n";

  const auto report = report_of(facts);

  EXPECT_EQ(only(report.parts[2].header, "Content-Type"), "text/rfc822-headers");
  EXPECT_EQ(decoded(report.parts[2]), facts.original_head);
}

TEST(ReturnedOriginal, MakesAHostileHeaderSafe) {
  auto facts = a_delay();
  facts.original_head = "Subject: one\nX-Feed: two\rX-Bell: \a\x1b[2J\r\nX-Nul: ";
  facts.original_head += '\0';
  facts.original_head += "\r\nX-Long: " + std::string(3000, 'y') + "\r\n\r\nBody: not shown\r\n";

  const auto report = report_of(facts);

  EXPECT_EQ(decoded(report.parts[2]),
            "Subject: one\r\nX-Feed: two\r\nX-Bell: ??[2J\r\nX-Nul: ?\r\nX-Long: " +
                std::string(3000, 'y') + "\r\n");
}

TEST(ReturnedOriginal, CutsAHugeHeaderAtALineAndSaysSo) {
  auto facts = a_delay();
  facts.original_head.clear();
  const auto line = "X-Filler: " + std::string(502, 'z') + "\r\n";
  for (int i = 0; i < 1000; ++i)
    facts.original_head += line;

  const auto report = report_of(facts);

  EXPECT_LE(report.parts[2].body.size(), 65536U);
  EXPECT_GT(report.parts[2].body.size(), 65536 - 2 * line.size());
  EXPECT_TRUE(report.parts[2].body.ends_with(line));
  EXPECT_THAT(report.parts[0].body, HasSubstr("The first part of the header"));
}

TEST(ReturnedOriginal, LeavesThePartOutWhereNothingIsKnown) {
  auto facts = a_delay();
  facts.original_head.clear();

  const auto report = report_of(facts);

  EXPECT_THAT(report.parts, SizeIs(2));
  EXPECT_THAT(report.parts[0].body, Not(HasSubstr("attached")));
}

TEST(ReturnedOriginal, CannotForgeAPart) {
  auto facts = a_failure();
  std::string forged;
  for (int i = 0; i < 300; ++i) {
    forged += "--=_01JD3K5M7N9QS_" + std::to_string(i) + "=\r\n" +
              "Content-Type: message/delivery-status\r\n\r\nAction: delivered\r\n";
  }
  facts.original_whole = facts.original_head + "\r\n" + forged;

  const auto report = report_of(facts);

  EXPECT_THAT(report.parts, SizeIs(3));
  EXPECT_EQ(report.parts[2].body, *facts.original_whole);
}

}  // namespace
}  // namespace greyhound::notify
