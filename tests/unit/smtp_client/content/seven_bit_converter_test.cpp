#include "smtp_client/content/seven_bit_converter.hpp"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mail/utf8.hpp"
#include "unit/first_seed.hpp"
#include "unit/smtp_client/content/mail_comparison.hpp"
#include "unit/smtp_client/content/random_mime.hpp"

namespace greyhound::smtp {
namespace {

using testing::HasSubstr;

SevenBitPlan survey_of(std::string_view message, std::size_t chunk = 7) {
  SevenBitSurvey survey;
  for (; !message.empty(); message.remove_prefix(std::min(chunk, message.size())))
    survey.feed(message.substr(0, chunk));
  return survey.finish();
}

std::string converted(std::string_view message, std::size_t chunk = 7) {
  const auto plan = survey_of(message, chunk);
  EXPECT_EQ(plan.problem, "");
  SevenBitConverter converter(plan.changes);
  std::string out;
  for (; !message.empty(); message.remove_prefix(std::min(chunk, message.size())))
    out += converter.convert(message.substr(0, chunk));
  return out + converter.finish();
}

std::string problem_of(const std::string& message) {
  return survey_of(message).problem;
}

const std::string mime = "MIME-Version: 1.0\r\n";

TEST(SevenBitConverter, QuotesTextAndChangesNothingElse_Line110) {
  EXPECT_EQ(converted("Subject: x\r\n" + mime +
                      "Content-Transfer-Encoding: 8bit\r\nContent-Type: text/plain\r\n\r\n"
                      "Gr\xc3\xbc\xc3\x9f"
                      "e, und viele davon \r\n.\r\n1+1=2\r\n"),
            "Subject: x\r\n" + mime +
                "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                "Gr=C3=BC=C3=9Fe, und viele davon=20\r\n.\r\n1+1=3D2\r\n");
}

TEST(SevenBitConverter, TakesBase64WhereThatIsShorter) {
  EXPECT_EQ(converted(mime + "\r\n\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82\r\n"),
            mime + "Content-Transfer-Encoding: base64\r\n\r\n0J/RgNC40LLQtdGCDQo=\r\n");
}

TEST(SevenBitConverter, LeavesTheLineEndBeforeADelimiterToIt) {
  const std::string head = mime + "Content-Type: multipart/mixed; boundary=b\r\n";
  const std::string text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xfc";

  EXPECT_EQ(converted(head + "Content-Transfer-Encoding: 8bit\r\n\r\n--b\r\n\r\n" + text +
                      "\r\n--b\r\n\r\n" + text + "\r\n\r\n--b\r\n\r\nplain\r\n--b--\r\n"),
            head +
                "Content-Transfer-Encoding: 7bit\r\n\r\n"
                "--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa=FC\r\n"
                "--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa=FC\r\n\r\n--b\r\n\r\nplain\r\n--b--\r\n");
}

TEST(SevenBitConverter, GoesIntoMessagesThatAreEnclosed) {
  const std::string inner = "Subject: y\r\n" + mime + "Content-Transfer-Encoding: ";
  const std::string text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xfc\r\n";
  const std::string quoted = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa=FC\r\n";

  EXPECT_EQ(
      converted(mime + "Content-Type: message/rfc822\r\n\r\n" + inner + "8bit\r\n\r\n" + text),
      mime + "Content-Type: message/rfc822\r\n\r\n" + inner + "quoted-printable\r\n\r\n" + quoted);
  EXPECT_EQ(converted(mime + "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n" +
                      inner + "8bit\r\n\r\n" + text + "\r\n--b--\r\n"),
            mime + "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n" + inner +
                "quoted-printable\r\n\r\n" + quoted + "\r\n--b--\r\n");
}

TEST(SevenBitConverter, LeavesWhatIsSignedAsItIs) {
  const std::string sealed =
      "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n"
      "Content-Transfer-Encoding: 8bit\r\n\r\nplain \r\n--s--\r\n";
  const std::string head = mime + "Content-Type: multipart/mixed; boundary=b\r\n\r\n";

  const auto after =
      converted(head + "--b\r\n" + sealed + "\r\n--b\r\n\r\naaaaaaa\xfc\r\n--b--\r\n");

  EXPECT_THAT(after, HasSubstr(sealed));
  EXPECT_TRUE(mail::is_ascii(after));
}

TEST(SevenBitConverter, HasNothingToDoWhereNothingIsBeyondSevenBits) {
  const auto plan = survey_of("Content-Transfer-Encoding: 8bit\r\n\r\nplain\r\n");

  EXPECT_TRUE(plan.changes.empty());
  EXPECT_EQ(plan.problem, "");
}

TEST(SevenBitConverter, TouchesNothingThatCouldBeReadInAnotherWay) {
  const std::string parts = mime + "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  const std::string part = "--b\r\n\r\n\xfc\r\n";
  struct Row {
    std::string message;
    std::string problem;
  };
  for (const auto& [message, problem] : std::vector<Row>{
           {"Subject: x\r\n\r\n\xfc\r\n", "without MIME-Version"},
           {"MIME-Version: 2.0\r\n\r\n\xfc\r\n", "without MIME-Version"},
           {mime + mime + "\r\n\xfc\r\n", "stands twice"},
           {mime + "Subject: \xfc\r\n\r\nx\r\n", "a header holds 8-bit"},
           {mime + "no field\r\n\r\n\xfc\r\n", "no field"},
           {mime + "X : y\r\n\r\n\xfc\r\n", "no field"},
           {mime + "Content-Transfer-Encoding: base64\r\n\r\n\xfc\r\n", "encoded part"},
           {mime + "Content-Transfer-Encoding: 8bit, 7bit\r\n\r\n\xfc\r\n", "cannot be read"},
           {mime + "Content-Type: text\r\n\r\n\xfc\r\n", "cannot be read"},
           {mime + "Content-Type: message /rfc822\r\n\r\nA: b\r\n\r\n\xfc\r\n", "cannot be read"},
           {mime + "Content-Type: message/partial\r\n\r\n\xfc\r\n", "of type message"},
           {mime + "Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\n\xfc\r\n", "without MIME"},
           {mime + "Content-Type: multipart/mixed\r\n\r\n\xfc\r\n", "no boundary"},
           {parts + "\xfc\r\n" + part + "--b--\r\n", "between the parts"},
           {parts + part + "--b--\r\n\xfc\r\n", "between the parts"},
           {parts + part, "has no end"},
           {parts + part + "--bb\r\n--b--\r\n", "taken for a boundary"},
           {parts + "--b\r\nX: \xfc\r\n\r\n\r\n--b--\r\n", "a header holds 8-bit"},
           {parts + "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n\xfc\r\n"
                    "--b--\r\n",
            "has no end"},
           {mime + "Content-Type: multipart/mixed; boundary*0=b\r\n\r\n" + part + "--b--\r\n",
            "cannot be read"},
           {mime + "Content-Type: multipart/signed; boundary=b\r\n\r\n" + part + "--b--\r\n",
            "signed or encrypted"},
           {mime + "Content-Type: multipart/encrypted; boundary=b\r\n\r\n" + part + "--b--\r\n",
            "signed or encrypted"},
           {mime + "\r\n\xfc\na\r\n", "stands alone"},
           {mime + "\r\n\xfc\ra\r\n", "stands alone"}}) {
    EXPECT_THAT(problem_of(message), HasSubstr(problem)) << message;
  }
}

std::string nested(std::size_t depth) {
  std::string message = mime;
  for (std::size_t i = 0; i < depth; ++i)
    message += "Content-Type: message/rfc822\r\n\r\n" + mime;
  return message + "\r\n\xfc\r\n";
}

TEST(SevenBitConverter, IsBoundedInDepthPartsAndFields) {
  std::string wide = mime + "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 1001; ++i)
    wide += "--b\r\n\r\n\xfc\r\n";
  const std::string long_field = mime + "X: " + std::string(20000, 'x') + "\r\n\r\n\xfc\r\n";

  EXPECT_EQ(problem_of(nested(20)), "");
  EXPECT_THAT(problem_of(nested(21)), HasSubstr("too deep"));
  EXPECT_THAT(problem_of(wide + "--b--\r\n"), HasSubstr("too many parts"));
  EXPECT_THAT(problem_of(long_field), HasSubstr("too long"));
}

TEST(SevenBitConverter, BreaksLinesOfAnyLengthAndWhereverChunksAreCut) {
  const std::string head = mime + "\r\n";
  for (const std::size_t length : {1U, 75U, 76U, 77U, 998U, 4095U, 4096U, 4097U, 20000U}) {
    const auto message = head + std::string(length, 'a') + "\xfc\r\n" + "end\r\n";
    const auto once = converted(message, message.size());
    EXPECT_TRUE(mail::is_ascii(once));
    for (const std::size_t chunk : {1U, 2U, 3U, 4096U})
      ASSERT_EQ(converted(message, chunk), once) << length << " in chunks of " << chunk;
  }
}

TEST(SevenBitConverter, MakesMailThatMeansTheSameToAnotherReader) {
  const auto first_seed = test::first_seed();
  MailComparison comparison;
  std::size_t compared = 0;

  for (std::uint32_t seed = first_seed; seed != first_seed + 300; ++seed) {
    RandomMime random(seed);
    const auto message = random.message();
    const auto plan = survey_of(message);
    ASSERT_EQ(plan.problem, "") << "seed " << seed << "\n" << message;
    if (plan.changes.empty()) continue;
    const auto after = converted(message, 1 + random.below(50));
    ASSERT_EQ(after, converted(message, message.size())) << "seed " << seed;
    comparison.add(std::to_string(seed), message, after);
    ++compared;
  }

  EXPECT_GT(compared, 50U);
  EXPECT_EQ(comparison.differences(), "");
}

TEST(SevenBitConverter, TakesAMessageOfAnUnknownTypeForContent) {
  MailComparison comparison;
  const std::string message =
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: message/of-ours\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
      "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nA: b\r\n\r\nx\r\n"
      "--b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xfc\r\n--b--\r\n";

  comparison.add("unknown", message, converted(message));

  EXPECT_EQ(comparison.differences(), "");
}

TEST(SevenBitConverter, ConvertsOfDamagedMessagesOnlyWhatAnotherReaderSeesTheSameWay) {
  const auto first_seed = test::first_seed();
  MailComparison comparison;

  for (std::uint32_t seed = first_seed; seed != first_seed + 2000; ++seed) {
    RandomMime random(seed);
    auto message = random.message();
    for (auto changes = 1 + random.below(10); changes > 0; --changes) {
      const auto at = random.below(message.size());
      const auto length = std::min(random.below(5), message.size() - at);
      message.replace(at, length, std::string(random.below(3), "\r\n-:b\xfc \0"[random.below(8)]));
    }
    message += "\r\n";  // an end that the damage has not taken off
    const auto plan = survey_of(message, 1 + random.below(100));
    if (!plan.problem.empty() || plan.changes.empty()) continue;
    comparison.add(std::to_string(seed), message, converted(message));
  }
  EXPECT_EQ(comparison.differences(), "");
}

}  // namespace
}  // namespace greyhound::smtp
