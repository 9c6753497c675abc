#include "notify/dsn_composer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/notify/notice_builders.hpp"
#include "unit/notify/report_parser.hpp"

namespace greyhound::notify {
namespace {

using testing::a_delay;
using testing::a_failure;
using testing::a_recipient;
using testing::a_reporter;
using testing::deferred;
using ::testing::ElementsAre;
using testing::find;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::noon;
using testing::only;
using testing::parse_report;
using testing::refused;
using testing::Report;
using ::testing::SizeIs;
using namespace std::chrono_literals;

Report report_of(const NoticeFacts& facts) {
  auto report = parse_report(compose(facts, a_reporter()));
  EXPECT_THAT(report.faults, IsEmpty());
  return report;
}

std::vector<std::string> names_of(const testing::Fields& fields) {
  std::vector<std::string> names;
  for (const auto& field : fields)
    names.push_back(field.name);
  return names;
}

TEST(DsnComposer, WritesTheHeaderOfAnAutomaticReport_Line82And95) {
  const auto facts = a_delay();

  const auto header = report_of(facts).top.header;

  EXPECT_EQ(only(header, "From"), "Mail Delivery System <postmaster@example.org>");
  EXPECT_EQ(only(header, "To"), "<alice@example.org>");
  EXPECT_EQ(only(header, "Subject"), "Delayed: your message to bob@d.example");
  EXPECT_EQ(only(header, "Date"), "Sun, 01 Mar 2026 12:15:00 +0000");
  EXPECT_EQ(only(header, "Message-ID"), "<01JD3K5M7N9QS@mail.example.org>");
  EXPECT_EQ(only(header, "In-Reply-To"), "<m1@example.org>");
  EXPECT_EQ(only(header, "References"), "<m1@example.org>");
  EXPECT_EQ(only(header, "Auto-Submitted"), "auto-replied");
  EXPECT_EQ(only(header, "MIME-Version"), "1.0");
  EXPECT_EQ(only(header, "Content-Transfer-Encoding"), "7bit");
  EXPECT_EQ(only(header, "Precedence"), "absent");
}

TEST(DsnComposer, PutsWordsThenStatusThenTheHeaderOfTheOriginal_Line78And80) {
  const auto facts = a_delay();

  const auto report = report_of(facts);

  ASSERT_THAT(report.parts, SizeIs(3));
  EXPECT_EQ(only(report.parts[0].header, "Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(only(report.parts[1].header, "Content-Type"), "message/delivery-status");
  EXPECT_EQ(only(report.parts[1].header, "Content-Transfer-Encoding"), "7bit");
  EXPECT_EQ(only(report.parts[2].header, "Content-Type"), "text/rfc822-headers");
  EXPECT_EQ(report.parts[2].body, facts.original_head);
}

TEST(DsnComposer, WritesEachFieldOfADelayedRecipient_Line83And85And86And87And90And91) {
  const auto facts = a_delay();

  const auto blocks = report_of(facts).status_blocks;

  ASSERT_THAT(blocks, SizeIs(2));
  EXPECT_THAT(names_of(blocks[0]), ElementsAre("Reporting-MTA", "Arrival-Date"));
  EXPECT_EQ(only(blocks[0], "Reporting-MTA"), "dns; mail.example.org");
  EXPECT_EQ(only(blocks[0], "Arrival-Date"), "Sun, 01 Mar 2026 12:00:00 +0000");
  EXPECT_THAT(names_of(blocks[1]),
              ElementsAre("Final-Recipient",
                          "Action",
                          "Status",
                          "Remote-MTA",
                          "Diagnostic-Code",
                          "Last-Attempt-Date",
                          "Final-Log-ID",
                          "Will-Retry-Until"));
  EXPECT_EQ(only(blocks[1], "Final-Recipient"), "rfc822; bob@d.example");
  EXPECT_EQ(only(blocks[1], "Action"), "delayed");
  EXPECT_EQ(only(blocks[1], "Status"), "4.7.1");
  EXPECT_EQ(only(blocks[1], "Remote-MTA"), "dns; mx1.d.example");
  EXPECT_EQ(only(blocks[1], "Diagnostic-Code"),
            "smtp; 451 4.7.1 Greylisted, try again in 300 seconds");
  EXPECT_EQ(only(blocks[1], "Last-Attempt-Date"), "Sun, 01 Mar 2026 12:15:00 +0000");
  EXPECT_EQ(only(blocks[1], "Final-Log-ID"), "01JD3K5M7N9QR");
  EXPECT_EQ(only(blocks[1], "Will-Retry-Until"), "Fri, 06 Mar 2026 12:00:00 +0000");
}

TEST(DsnComposer, GivesEachFailedRecipientABlockWithoutARetryDate_Line83And87And91) {
  auto facts = a_failure();
  facts.recipients.push_back(a_recipient("carol@d.example", refused(552, {"5.2.2 Mailbox full"})));
  facts.recipients.front().expires = noon + 1h;

  const auto report = report_of(facts);

  EXPECT_EQ(only(report.top.header, "Subject"), "Undeliverable: your message to 2 recipients");
  ASSERT_THAT(report.status_blocks, SizeIs(3));
  EXPECT_EQ(only(report.status_blocks[1], "Action"), "failed");
  EXPECT_EQ(only(report.status_blocks[1], "Status"), "5.1.1");
  EXPECT_EQ(only(report.status_blocks[1], "Will-Retry-Until"), "absent");
  EXPECT_EQ(only(report.status_blocks[2], "Final-Recipient"), "rfc822; carol@d.example");
  EXPECT_EQ(only(report.status_blocks[2], "Status"), "5.2.2");
}

TEST(DsnComposer, InventsNoSmtpCodeWhereNoServerAnswered) {
  auto facts = a_delay();
  facts.recipients.front().outcome = testing::no_answer("mx1.d.example: no answer within 30s");

  const auto report = report_of(facts);

  EXPECT_EQ(only(report.status_blocks[1], "Diagnostic-Code"), "absent");
  EXPECT_EQ(only(report.status_blocks[1], "Remote-MTA"), "absent");
  EXPECT_EQ(only(report.status_blocks[1], "Status"), "4.4.1");
  EXPECT_THAT(report.parts[0].body, HasSubstr("    mx1.d.example: no answer within 30s\r\n"));
}

TEST(DsnComposer, KeepsEveryLineOfAReplyOnALineOfItsOwn) {
  auto facts = a_failure();
  facts.recipients.front().outcome = refused(
      550, {"5.7.1 Refused for these reasons:", "5.7.1 " + std::string(200, 'x') + " y", "5.7.1"});

  const auto report = report_of(facts);

  const auto* diagnostic = find(report.status_blocks[1], "Diagnostic-Code");
  ASSERT_NE(diagnostic, nullptr);
  EXPECT_THAT(diagnostic->lines,
              ElementsAre("smtp; 550-5.7.1 Refused for these reasons:",
                          "550-5.7.1 " + std::string(200, 'x') + " y",
                          "550 5.7.1"));
}

TEST(DsnComposer, ReportsTheEndOfTheLifetimeAs547WithTheLastReply_Line99) {
  auto waiting = a_failure();
  waiting.recipients.front().outcome = deferred(451, {"4.7.1 Greylisted"});
  auto given_up = a_failure();
  auto& outcome = given_up.recipients.front().outcome;
  outcome = deferred(451, {"4.7.1 Greylisted"});
  outcome.verdict = mail::Verdict::refused;
  outcome.stage = mail::Stage::local;
  outcome.status = {mail::EnhancedStatus::Class::permanent, 4, 7};

  for (const auto& facts : {waiting, given_up}) {
    const auto report = report_of(facts);

    EXPECT_EQ(only(report.status_blocks[1], "Status"), "5.4.7");
    EXPECT_EQ(only(report.status_blocks[1], "Diagnostic-Code"), "smtp; 451 4.7.1 Greylisted");
    EXPECT_THAT(report.parts[0].body, HasSubstr("before the time"));
  }
}

TEST(DsnComposer, MakesTheStatusClassFitTheAction_Line88And97) {
  using enum mail::EnhancedStatus::Class;
  struct Case {
    NoticeKind kind;
    mail::EnhancedStatus given;
    std::string expected;
  };
  const Case cases[] = {{NoticeKind::delay, {permanent, 7, 1}, "4.7.1"},
                        {NoticeKind::delay, {success, 1, 5}, "4.0.0"},
                        {NoticeKind::failure, {transient, 2, 2}, "5.2.2"},
                        {NoticeKind::failure, {success, 1, 5}, "5.0.0"}};
  for (const auto& c : cases) {
    auto facts = c.kind == NoticeKind::delay ? a_delay() : a_failure();
    facts.recipients.front().outcome.status = c.given;

    EXPECT_EQ(only(report_of(facts).status_blocks[1], "Status"), c.expected);
  }
}

TEST(DsnComposer, DecodesWhatTheSenderGaveAsXtext) {
  auto facts = a_delay();
  facts.envelope_id = "QQ+2B314";
  facts.recipients.front().recipient.original = "rfc822;bob+2Bfriends@old.example";

  const auto blocks = report_of(facts).status_blocks;

  EXPECT_EQ(only(blocks[0], "Original-Envelope-Id"), "QQ+314");
  EXPECT_EQ(only(blocks[1], "Original-Recipient"), "rfc822; bob+friends@old.example");
}

TEST(DsnComposer, TurnsNoSenderParameterIntoAField) {
  struct Case {
    std::string orcpt;
    std::string expected;
  };
  const Case cases[] = {
      {"", "absent"},
      {"no-type", "absent"},
      {"ty pe;x", "absent"},
      {"rfc822;", "absent"},
      {"rfc822;a+0D+0AAction:+20delivered", R"(rfc822; a\x0D\x0AAction: delivered)"},
      {"rfc822;broken+zz", "rfc822; broken+zz"},
      {R"(utf-8;b\x{FC}b+2B@d)", R"(utf-8; b\x{FC}b+2B@d)"}};
  for (const auto& c : cases) {
    auto facts = a_delay();
    facts.recipients.front().recipient.original = c.orcpt;

    const auto blocks = report_of(facts).status_blocks;

    EXPECT_EQ(only(blocks[1], "Original-Recipient"), c.expected) << c.orcpt;
    EXPECT_EQ(only(blocks[1], "Action"), "delayed") << c.orcpt;
  }
}

TEST(DsnComposer, RefersOnlyToAMessageIdThatIsOne) {
  const std::string bad[] = {"",
                             "m1@example.org",
                             "<m1>",
                             "<@x>",
                             "<a b@x>",
                             "<<a@x>>",
                             "<a@x>\r\nBcc: eve@example.net",
                             "<\xff@x>",
                             "<" + std::string(1000, 'a') + "@x>"};
  for (const auto& id : bad) {
    auto facts = a_delay();
    facts.original_message_id = id;

    const auto header = report_of(facts).top.header;

    EXPECT_EQ(only(header, "In-Reply-To"), "absent") << id;
    EXPECT_EQ(only(header, "References"), "absent") << id;
    EXPECT_EQ(only(header, "Bcc"), "absent") << id;
  }
}

TEST(DsnComposer, NamesASafeReporterWhateverWasConfigured) {
  const Reporter broken{.hostname = "mail\r\nBcc: eve@example.net", .postmaster = "root>\r\nX: y"};

  const auto report = parse_report(compose(a_delay(), broken));

  EXPECT_THAT(report.faults, IsEmpty());
  EXPECT_EQ(only(report.top.header, "From"),
            "Mail Delivery System <postmaster@mailBcceveexample.net>");
  EXPECT_EQ(only(report.status_blocks[0], "Reporting-MTA"), "dns; mailBcceveexample.net");
}

TEST(DsnComposer, WritesAddressesOfHostsAsLiterals) {
  struct Case {
    std::string host;
    std::string expected;
  };
  const Case cases[] = {{"192.0.2.10", "dns; [192.0.2.10]"},
                        {"[192.0.2.10]", "dns; [192.0.2.10]"},
                        {"2001:db8::1", "dns; [IPv6:2001:db8::1]"},
                        {"[IPv6:2001:db8::1]", "dns; [IPv6:2001:db8::1]"}};
  for (const auto& c : cases) {
    auto facts = a_delay();
    facts.recipients.front().host = c.host;

    EXPECT_EQ(only(report_of(facts).status_blocks[1], "Remote-MTA"), c.expected);
  }
}

TEST(DsnComposer, AQuotedLocalPartIsNoEncodedWordOfTheSubject) {
  auto facts = a_failure();
  facts.recipients.front().recipient.address = testing::address(R"("=?utf-8?q?=0AX?= "@d.example)");

  const auto report = report_of(facts);

  EXPECT_EQ(only(report.top.header, "Subject"),
            "=?utf-8?Q?Undeliverable=3A_your_message_to_=22=3D=3Futf-8=3Fq=3F?= "
            "=?utf-8?Q?=3D0AX=3F=3D_=22=40d=2Eexample?=");
  EXPECT_EQ(only(report.status_blocks[1], "Final-Recipient"),
            R"(rfc822; "=?utf-8?q?=0AX?= "@d.example)");
}

TEST(DsnComposer, NamesAMailboxBeyondAsciiInAscii_Line84And114) {
  auto facts = a_delay();
  facts.recipients.at(0).recipient.address = testing::address(
      "j\xc3\xbcrgen@b\xc3\xbc"
      "cher.example");

  const auto report = report_of(facts);

  EXPECT_EQ(only(report.top.header, "Subject"),
            "=?utf-8?Q?Delayed=3A_your_message_to_j=C3=BCrgen=40b=C3=BCcher?= "
            "=?utf-8?Q?=2Eexample?=");
  EXPECT_EQ(only(report.status_blocks[1], "Final-Recipient"),
            R"(utf-8; j\x{FC}rgen@b\x{FC}cher.example)");
}

TEST(DsnComposer, WritesToAMailboxBeyondAsciiAsFarAsItIsOne) {
  auto of_domain = a_delay();
  of_domain.to = testing::address(
      "ann@b\xc3\xbc"
      "cher.example");
  auto of_local_part = a_delay();
  of_local_part.to = testing::address("\xc3\xa4nn@d.example");

  EXPECT_EQ(only(report_of(of_domain).top.header, "To"), "<ann@xn--bcher-kva.example>");
  EXPECT_THAT(compose(of_local_part, a_reporter()), HasSubstr("To: <\xc3\xa4nn@d.example>\r\n"));
}

TEST(DsnComposer, GivesTheSameBytesForTheSameFacts) {
  const auto facts = a_delay();

  const auto first = compose(facts, a_reporter());

  EXPECT_EQ(first, compose(facts, a_reporter()));
}

}  // namespace
}  // namespace greyhound::notify
