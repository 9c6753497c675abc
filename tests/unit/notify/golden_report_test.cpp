// Whole notices against stored ones, and the stored ones against a parser that is not ours.
// To renew the files after a wanted change: GREYHOUND_RENEW_GOLDEN=1 unit_notify, then read the
// diff.
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/dsn_composer.hpp"
#include "unit/notify/golden_file.hpp"
#include "unit/notify/notice_builders.hpp"
#include "unit/notify/report_parser.hpp"

namespace greyhound::notify {
namespace {

using testing::a_delay;
using testing::a_failure;
using testing::a_recipient;
using testing::a_reporter;
using testing::golden_path;
using ::testing::IsEmpty;
using testing::noon;
using testing::read_file;
using testing::refused;
using namespace std::chrono_literals;

NoticeFacts failure_of_three() {
  auto facts = a_failure();
  facts.id = "01JD9Z0000001";
  facts.now = noon + 120h;
  facts.delay_notice_at = noon + 15min;
  facts.envelope_id = "QQ+2B314159";
  facts.original_whole = facts.original_head + "\r\nHello Bob,\r\n\r\n.\r\n-- \r\nAlice\r\n";
  facts.recipients.front().recipient.original = "rfc822;robert+2Bwork@old.example";
  facts.recipients.push_back(a_recipient(
      "carol@e.example",
      refused(550, {"5.7.1 Refused for these reasons:", "5.7.1 no such sender", "5.7.1 goodbye"})));
  facts.recipients.back().host = "192.0.2.25";
  auto expired = a_recipient("dave@f.example", testing::no_answer("not delivered within 5d"));
  expired.outcome.verdict = mail::Verdict::refused;
  expired.outcome.stage = mail::Stage::local;
  expired.outcome.status = {mail::EnhancedStatus::Class::permanent, 4, 7};
  expired.host = "";
  facts.recipients.push_back(expired);
  return facts;
}

NoticeFacts hostile_delay() {
  auto facts = a_delay();
  facts.id = "01JD9Z0000002";
  facts.envelope_id = "x+0D+0ABcc:+20eve@example.net";
  facts.original_message_id = "<a@b>\r\nX-Injected: yes";
  facts.original_head =
      "Subject: \x1b[31mred\r\nX-Bytes: \xff\xfe\nX-Long: " + std::string(1200, 'z') +
      "\r\n--=_01JD9Z0000002_0=\r\n";
  auto& about = facts.recipients.front();
  about.recipient.original = "rfc822;x+0D+0A+0D+0AAction:+20delivered";
  about.host = "mx\r\nAction: failed";
  about.outcome = testing::deferred(
      451,
      {"4.7.1 later\r\nAction: delivered\r\n\r\nFinal-Recipient: rfc822; eve@example.net",
       "4.7.1 --=_01JD9Z0000002_1=",
       "4.7.1 Gr\xc3\xbc\xc3\x9f\x65 \xff " + std::string(1100, 'w')});
  return facts;
}

void expect_golden(const std::string& name, const NoticeFacts& facts) {
  const auto composed = compose(facts, a_reporter());
  EXPECT_THAT(testing::parse_report(composed).faults, IsEmpty());
  if (std::getenv("GREYHOUND_RENEW_GOLDEN") != nullptr) {
    std::ofstream(golden_path(name), std::ios::binary) << composed;
    GTEST_SKIP() << golden_path(name) << " was written anew";
  }
  EXPECT_EQ(composed, read_file(golden_path(name)));
}

TEST(GoldenReport, OfADelayToOneRecipient) {
  expect_golden("delay_one_recipient", a_delay());
}

TEST(GoldenReport, OfAFailureOfThreeRecipients) {
  expect_golden("failure_three_recipients", failure_of_three());
}

TEST(GoldenReport, OfADelayFullOfHostileText) {
  expect_golden("hostile_delay", hostile_delay());
}

std::string parsed_by_python(const std::string& name) {
  const auto parsed = testing::run_script("parse_report.py", golden_path(name));
  EXPECT_EQ(parsed.exit_status, 0) << parsed.output;
  return parsed.output;
}

TEST(IndependentParser, ReadsTheDelayNotice) {
  if (!testing::has_python()) GTEST_SKIP() << "python3 with its email package is not here";

  const auto parsed = parsed_by_python("delay_one_recipient");

  EXPECT_EQ(parsed,
            "type multipart/report delivery-status\n"
            "subject Delayed: your message to bob@d.example\n"
            "date 2026-03-01T12:15:00+00:00\n"
            "part text/plain\n"
            "part message/delivery-status\n"
            "part text/rfc822-headers\n"
            "message Reporting-MTA=dns; mail.example.org\n"
            "message Arrival-Date=Sun, 01 Mar 2026 12:00:00 +0000\n"
            "recipient Final-Recipient=rfc822; bob@d.example\n"
            "recipient Action=delayed\n"
            "recipient Status=4.7.1\n"
            "recipient Remote-MTA=dns; mx1.d.example\n"
            "recipient Diagnostic-Code=smtp; 451 4.7.1 Greylisted, try again in 300 seconds\n"
            "recipient Last-Attempt-Date=Sun, 01 Mar 2026 12:15:00 +0000\n"
            "recipient Final-Log-ID=01JD3K5M7N9QR\n"
            "recipient Will-Retry-Until=Fri, 06 Mar 2026 12:00:00 +0000\n");
}

TEST(IndependentParser, ReadsTheFailureNoticeAndTheMessageInIt) {
  if (!testing::has_python()) GTEST_SKIP() << "python3 with its email package is not here";

  const auto parsed = parsed_by_python("failure_three_recipients");

  EXPECT_EQ(parsed,
            "type multipart/report delivery-status\n"
            "subject Undeliverable: your message to 3 recipients\n"
            "date 2026-03-06T12:00:00+00:00\n"
            "part text/plain\n"
            "part message/delivery-status\n"
            "part message/rfc822\n"
            "message Original-Envelope-Id=QQ+314159\n"
            "message Reporting-MTA=dns; mail.example.org\n"
            "message Arrival-Date=Sun, 01 Mar 2026 12:00:00 +0000\n"
            "recipient Original-Recipient=rfc822; robert+work@old.example\n"
            "recipient Final-Recipient=rfc822; bob@d.example\n"
            "recipient Action=failed\n"
            "recipient Status=5.1.1\n"
            "recipient Remote-MTA=dns; mx1.d.example\n"
            "recipient Diagnostic-Code=smtp; 550 5.1.1 No such user\n"
            "recipient Last-Attempt-Date=Sun, 01 Mar 2026 12:15:00 +0000\n"
            "recipient Final-Log-ID=01JD3K5M7N9QR\n"
            "recipient Final-Recipient=rfc822; carol@e.example\n"
            "recipient Action=failed\n"
            "recipient Status=5.7.1\n"
            "recipient Remote-MTA=dns; [192.0.2.25]\n"
            "recipient Diagnostic-Code=smtp; 550-5.7.1 Refused for these reasons: "
            "550-5.7.1 no such sender 550 5.7.1 goodbye\n"
            "recipient Last-Attempt-Date=Sun, 01 Mar 2026 12:15:00 +0000\n"
            "recipient Final-Log-ID=01JD3K5M7N9QR\n"
            "recipient Final-Recipient=rfc822; dave@f.example\n"
            "recipient Action=failed\n"
            "recipient Status=5.4.7\n"
            "recipient Last-Attempt-Date=Sun, 01 Mar 2026 12:15:00 +0000\n"
            "recipient Final-Log-ID=01JD3K5M7N9QR\n"
            "returned hello\n");
}

TEST(IndependentParser, IsNotFooledByHostileText) {
  if (!testing::has_python()) GTEST_SKIP() << "python3 with its email package is not here";

  const auto parsed = parsed_by_python("hostile_delay");

  EXPECT_THAT(parsed, ::testing::HasSubstr("recipient Action=delayed\n"));
  EXPECT_THAT(parsed, ::testing::Not(::testing::HasSubstr("Action=failed")));
  EXPECT_THAT(parsed, ::testing::Not(::testing::HasSubstr("Action=delivered")));
  EXPECT_THAT(parsed, ::testing::Not(::testing::HasSubstr("Bcc=")));
}

}  // namespace
}  // namespace greyhound::notify
