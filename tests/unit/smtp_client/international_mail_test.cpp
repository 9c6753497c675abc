// Mail beyond ASCII and beyond 7 bits, to servers that take it and to those that do not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mail/utf8.hpp"
#include "peers/scripted_receiver.hpp"
#include "unit/smtp_client/courier_fixture.hpp"

namespace greyhound::smtp {
namespace {

using peers::Script;
using peers::ScriptedReceiver;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string juergen =
    "j\xc3\xbcrgen@b\xc3\xbc"
    "cher.example";
const std::string ann =
    "ann@b\xc3\xbc"
    "cher.example";
const std::string wide_text =
    "MIME-Version: 1.0\r\nSubject: x\r\n\r\nviel schlichter Text, und dazu ein \xc3\xbc\r\n";

Script with(const std::string& keywords) {
  return {.replies = {{"EHLO", {"250-mx.test\r\n250-SIZE 10000\r\n" + keywords}}}};
}
const Script takes_all = with("250-8BITMIME\r\n250-DSN\r\n250 SMTPUTF8\r\n");
const Script takes_eight_bit = with("250 8BITMIME\r\n");
const Script takes_little = with("250 HELP\r\n");

class InternationalMail : public CourierTest {
 protected:
  mail::AttemptReport attempt(const Script& script, mail::AttemptRequest request) {
    ScriptedReceiver receiver(script);
    auto report = run_attempt(std::move(request), site_at({receiver.endpoint()}));
    heard = receiver.heard(1).at(0);
    return report;
  }

  mail::AttemptReport attempt(const Script& first,
                              const Script& second,
                              mail::AttemptRequest request) {
    ScriptedReceiver one(first);
    ScriptedReceiver two(second);
    auto report = run_attempt(std::move(request), site_at({one.endpoint(), two.endpoint()}));
    heard = one.heard(1).at(0);
    heard_second = two.heard(1).empty() ? peers::HeardSession{} : two.heard(1).at(0);
    return report;
  }

  static mail::AttemptRequest wide(const std::string& text = wide_text) {
    auto request = a_request({"b@d.example"}, text);
    request.is_eight_bit = true;
    return request;
  }

  peers::HeardSession heard;
  peers::HeardSession heard_second;
};

TEST_F(InternationalMail, SaysSmtpUtf8WhereAnAddressNeedsItAndItIsOffered_Line111) {
  const auto report = attempt(takes_all, a_request({juergen}));

  EXPECT_THAT(said(report), ElementsAre("delivered eom 250 2.0.0 ok"));
  EXPECT_THAT(heard.commands, Contains("MAIL FROM:<a@s.example> SIZE=21 BODY=8BITMIME SMTPUTF8"));
  EXPECT_THAT(heard.commands, Contains("RCPT TO:<" + juergen + ">"));
}

TEST_F(InternationalMail, SaysSmtpUtf8ForASenderOrAHeaderThatNeedsIt) {
  auto from_juergen = a_request({"b@d.example"});
  from_juergen.reverse_path = mail::Address::parse(juergen);
  static_cast<void>(attempt(takes_all, std::move(from_juergen)));
  EXPECT_THAT(heard.commands,
              Contains("MAIL FROM:<" + juergen + "> SIZE=21 BODY=8BITMIME SMTPUTF8"));

  auto with_header = wide("Subject: \xc3\xbc\r\n\r\n");
  with_header.has_utf8_header = true;
  static_cast<void>(attempt(takes_all, std::move(with_header)));
  EXPECT_THAT(heard.commands, Contains("MAIL FROM:<a@s.example> SIZE=15 BODY=8BITMIME SMTPUTF8"));
}

TEST_F(InternationalMail, DoesNotSaySmtpUtf8WhereNothingNeedsIt) {
  auto declared = a_request({ann});
  declared.is_smtp_utf8 = true;
  static_cast<void>(attempt(takes_all, std::move(declared)));

  EXPECT_THAT(heard.commands, Contains("MAIL FROM:<a@s.example> SIZE=21"));
  EXPECT_THAT(
      heard.commands,
      Contains(R"(RCPT TO:<ann@xn--bcher-kva.example> ORCPT=utf-8;ann@b\x{FC}cher.example)"));
}

// Its client knows better what 8-bit content holds.
TEST_F(InternationalMail, PassesOnTheWordOfTheClientWithEightBitContent_Line111) {
  auto declared = wide();
  declared.is_smtp_utf8 = true;
  const auto size = std::to_string(wide_text.size());

  static_cast<void>(attempt(takes_all, std::move(declared)));

  EXPECT_THAT(heard.commands,
              Contains("MAIL FROM:<a@s.example> SIZE=" + size + " BODY=8BITMIME SMTPUTF8"));
}

TEST_F(InternationalMail, SendsAnAddressInALabelsToWhoeverHasNoSmtpUtf8) {
  auto request = a_request({ann});
  request.reverse_path = mail::Address::parse(
      "a@b\xc3\xbc"
      "cher.example");

  const auto report = attempt(takes_little, std::move(request));

  EXPECT_THAT(said(report), ElementsAre("delivered eom 250 2.0.0 ok"));
  EXPECT_THAT(heard.commands, Contains("MAIL FROM:<a@xn--bcher-kva.example> SIZE=21"));
  EXPECT_THAT(heard.commands, Contains("RCPT TO:<ann@xn--bcher-kva.example>"));
}

TEST_F(InternationalMail, SendsNothingBeyondAsciiToAServerWithoutSmtpUtf8_Line112) {
  const auto to_juergen = attempt(takes_eight_bit, a_request({juergen}));
  EXPECT_THAT(said(to_juergen), ElementsAre(StartsWith("refused mail 5.6.7")));
  EXPECT_THAT(heard.commands, ElementsAre("EHLO mail.example.org", "QUIT"));

  auto from_juergen = a_request({"b@d.example"});
  from_juergen.reverse_path = mail::Address::parse(juergen);
  EXPECT_THAT(said(attempt(takes_eight_bit, std::move(from_juergen))),
              ElementsAre(StartsWith("refused mail 5.6.7")));

  auto with_header = wide("Subject: \xc3\xbc\r\n\r\n");
  with_header.has_utf8_header = true;
  EXPECT_THAT(said(attempt(takes_eight_bit, std::move(with_header))),
              ElementsAre(StartsWith("refused mail 5.6.9")));
}

TEST_F(InternationalMail, TakesSmtpUtf8WithoutEightBitMimeForNone) {
  const auto report = attempt(with("250 SMTPUTF8\r\n"), a_request({juergen}));

  EXPECT_THAT(said(report), ElementsAre(StartsWith("refused mail 5.6.7")));
}

TEST_F(InternationalMail, DeliversToTheOthersWhereOneAddressCannotBeSent) {
  for (const auto* keywords : {"250 HELP\r\n", "250-PIPELINING\r\n250 CHUNKING\r\n"}) {
    marks->clear();
    const auto report = attempt(with(keywords), a_request({juergen, ann, juergen}));

    EXPECT_THAT(said(report),
                ElementsAre(StartsWith("refused mail 5.6.7"),
                            "delivered eom 250 2.0.0 ok",
                            StartsWith("refused mail 5.6.7")));
    EXPECT_THAT(*marks, ElementsAre(ElementsAre(1U)));
  }
}

TEST_F(InternationalMail, TriesTheOtherHostsForWhatOneDoesNotTake_Line112) {
  const auto report = attempt(takes_eight_bit, takes_all, a_request({juergen, ann}));

  EXPECT_THAT(said(report),
              ElementsAre("delivered eom 250 2.0.0 ok", "delivered eom 250 2.0.0 ok"));
  EXPECT_THAT(heard.commands, Contains("RCPT TO:<ann@xn--bcher-kva.example>"));
  EXPECT_THAT(heard.commands, Not(Contains(HasSubstr(juergen))));
  EXPECT_THAT(heard_second.commands, Contains("RCPT TO:<" + juergen + ">"));
  EXPECT_THAT(heard_second.commands, Not(Contains(HasSubstr("ann"))));
}

TEST_F(InternationalMail, WaitsForAHostThatCouldNotBeAsked) {
  Script busy = takes_all;
  busy.greeting = "421 4.3.2 later\r\n";

  EXPECT_THAT(said(attempt(takes_little, busy, a_request({juergen}))),
              ElementsAre("deferred connect 421 4.3.2 later"));
  EXPECT_THAT(said(attempt(takes_little, takes_little, a_request({juergen}))),
              ElementsAre(StartsWith("refused mail 5.6.7")));
}

TEST_F(InternationalMail, TriesTheOtherHostsForASizeThatOneDoesNotTake_Line102) {
  const auto large = std::string(20000, 'x') + "\r\n";
  const Script takes_large{.replies = {{"EHLO", {"250-mx.test\r\n250 SIZE 30000\r\n"}}}};

  EXPECT_THAT(said(attempt(takes_little, takes_large, a_request({"b@d.example"}, large))),
              ElementsAre("delivered eom 250 2.0.0 ok"));
  EXPECT_THAT(said(attempt(takes_little, takes_little, a_request({"b@d.example"}, large))),
              ElementsAre(StartsWith("refused mail 5.3.4")));
}

TEST_F(InternationalMail, ConvertsEightBitContentForAServerThatTakesNone_Line101And110) {
  for (const auto* keywords : {"250 HELP\r\n", "250-PIPELINING\r\n250 CHUNKING\r\n"}) {
    const auto report = attempt(with(keywords), wide());

    EXPECT_THAT(said(report), ElementsAre("delivered eom 250 2.0.0 ok"));
    EXPECT_THAT(heard.body, HasSubstr("Content-Transfer-Encoding: quoted-printable\r\n"));
    EXPECT_THAT(heard.body, HasSubstr("dazu ein =C3=BC\r\n"));
    EXPECT_TRUE(mail::is_ascii(heard.bytes));
    const auto size = heard.body.size() - (heard.body.ends_with("\r\n.\r\n") ? 3 : 0);
    EXPECT_THAT(heard.commands, Contains("MAIL FROM:<a@s.example> SIZE=" + std::to_string(size)));
  }
}

TEST_F(InternationalMail, SendsAsItIsWhatWasDeclaredToBeEightBitAndIsNot) {
  const std::string plain = "Subject: x\r\n\r\nplain\r\n";

  const auto report = attempt(takes_little, wide(plain));

  EXPECT_THAT(said(report), ElementsAre("delivered eom 250 2.0.0 ok"));
  EXPECT_EQ(heard.body, plain + ".\r\n");
}

TEST_F(InternationalMail, TriesTheOtherHostsForContentThatCannotBeConverted) {
  const std::string not_mime = "Subject: x\r\n\r\n\xc3\xbc\r\n";

  EXPECT_THAT(said(attempt(takes_little, takes_eight_bit, wide(not_mime))),
              ElementsAre("delivered eom 250 2.0.0 ok"));
  EXPECT_EQ(heard_second.body, not_mime + ".\r\n");
  EXPECT_THAT(said(attempt(takes_little, takes_little, wide(not_mime))),
              ElementsAre(StartsWith("refused mail 5.6.3")));
}

TEST_F(InternationalMail, DefersWhereTheContentCannotBeRead) {
  auto request = wide();
  auto body = std::make_unique<StringBody>(wide_text, 7);
  body->fail_after(20);
  request.body = std::move(body);

  const auto report = attempt(takes_little, std::move(request));

  EXPECT_THAT(said(report), ElementsAre(StartsWith("deferred local")));
  EXPECT_TRUE(report.our_fault.has_value());
}

}  // namespace
}  // namespace greyhound::smtp
