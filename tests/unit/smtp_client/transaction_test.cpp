// One transaction, reply by reply. The courier is the way in, with a site of one
// host, so that nothing is tested that the agent would not run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/smtp_client/courier_fixture.hpp"

namespace greyhound::smtp {
namespace {

using mail::Stage;
using mail::Verdict;
using peers::Script;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* all_extensions =
    "250-mx.test\r\n250-8BITMIME\r\n250-SIZE 1000\r\n250-PIPELINING\r\n250-DSN\r\n"
    "250 ENHANCEDSTATUSCODES\r\n";

class TransactionTest : public CourierAtBothPlaces {
 protected:
  mail::AttemptReport attempt(Script script, mail::AttemptRequest request) {
    const auto receiver = receiver_of(std::move(script));
    auto report = run_attempt(std::move(request), site_at({receiver->endpoint()}));
    heard = receiver->heard(1).at(0);
    return report;
  }
  peers::HeardSession heard;
};

TEST_P(TransactionTest, DeliversInLockStepAndSaysGoodbye_Line13) {
  const auto report = attempt({}, a_request({"b@d.example", "c@d.example"}, "Hi\r\n.dot\r\n"));

  EXPECT_THAT(said(report),
              ElementsAre("delivered eom 250 2.0.0 ok", "delivered eom 250 2.0.0 ok"));
  EXPECT_THAT(heard.commands,
              ElementsAre("EHLO mail.example.org",
                          "MAIL FROM:<a@s.example>",
                          "RCPT TO:<b@d.example>",
                          "RCPT TO:<c@d.example>",
                          "DATA",
                          "QUIT"));
  EXPECT_EQ(heard.body, "Hi\r\n..dot\r\n.\r\n");
  EXPECT_EQ(report.host, "mx1.test");
  EXPECT_EQ(report.source, IpAddress::parse("127.0.0.1"));
  EXPECT_TRUE(report.remote.has_value());
  EXPECT_EQ(report.our_fault, std::nullopt);
}

TEST_P(TransactionTest, SendsTheEnvelopeInOneFlightWhereThatIsOffered_Line104) {
  const auto report = attempt({.replies = {{"EHLO", {all_extensions}}}},
                              a_request({"b@d.example", "c@d.example"}, "Hi\r\n"));

  EXPECT_EQ(said(report).at(1), "delivered eom 250 2.0.0 ok");
  EXPECT_THAT(heard.bytes,
              HasSubstr("MAIL FROM:<a@s.example> SIZE=4\r\nRCPT TO:<b@d.example>\r\n"
                        "RCPT TO:<c@d.example>\r\nDATA\r\n"));
}

TEST_P(TransactionTest, DeliversToTheOthersWhereOneIsGreylistedAndOneUnknown) {
  for (const auto* ehlo : {"250-mx.test\r\n250 ENHANCEDSTATUSCODES\r\n", all_extensions}) {
    const auto report = attempt(
        {.replies = {{"EHLO", {ehlo}},
                     {"RCPT",
                      {"451 4.7.1 Greylisted\r\n", "250 2.1.5 ok\r\n", "550 5.1.1 unknown\r\n"}}}},
        a_request({"b@d.example", "c@d.example", "d@d.example"}));

    EXPECT_THAT(said(report),
                ElementsAre("deferred rcpt 451 4.7.1 Greylisted",
                            "delivered eom 250 2.0.0 ok",
                            "refused rcpt 550 5.1.1 unknown"));
    EXPECT_THAT(*marks, ElementsAre(ElementsAre(1U)));
    marks->clear();
  }
}

TEST_P(TransactionTest, SendsNoDataWhereEveryRecipientWasRefused_Line19) {
  const auto report = attempt({.replies = {{"RCPT", {"450 4.2.0 later\r\n"}}}},
                              a_request({"b@d.example", "c@d.example"}));

  EXPECT_THAT(said(report),
              ElementsAre("deferred rcpt 450 4.2.0 later", "deferred rcpt 450 4.2.0 later"));
  EXPECT_EQ(heard.commands.back(), "QUIT");
  EXPECT_EQ(heard.body, "");
  EXPECT_TRUE(marks->empty());
}

TEST_P(TransactionTest, Takes552AfterAnAcceptedRecipientForTooMany_Line16) {
  const auto report =
      attempt({.replies = {{"RCPT", {"250 ok\r\n", "552 too many recipients\r\n"}}}},
              a_request({"b@d.example", "c@d.example"}));

  EXPECT_THAT(said(report),
              ElementsAre("delivered eom 250 2.0.0 ok", "deferred rcpt 552 too many recipients"));
  EXPECT_EQ(report.outcomes[1].status.to_string(), "4.5.3");
}

TEST_P(TransactionTest, BelievesAStatusOnlyWhereSuchCodesWereOffered_Line100) {
  const auto report =
      attempt({.replies = {{"EHLO", {"250 mx.test\r\n"}}, {"RCPT", {"550 5.7.1 no\r\n"}}}},
              a_request({"b@d.example"}));

  EXPECT_EQ(report.outcomes.at(0).status.to_string(), "5.0.0");
  EXPECT_EQ(report.outcomes.at(0).reply->status, std::nullopt);
  EXPECT_EQ(report.outcomes.at(0).reply->to_string(), "550 5.7.1 no");
}

TEST_P(TransactionTest, FallsBackToHeloOnTheSameConnection_Line6) {
  for (const auto* reply : {"500 what\r\n", "502 what\r\n", "504 what\r\n", "550 what\r\n"}) {
    const auto report = attempt({.replies = {{"EHLO", {reply}}}}, a_request({"b@d.example"}));

    EXPECT_EQ(said(report).at(0), "delivered eom 250 2.0.0 ok");
    EXPECT_EQ(heard.commands.at(1), "HELO mail.example.org");
    EXPECT_EQ(heard.commands.at(2), "MAIL FROM:<a@s.example>");
  }
}

TEST_P(TransactionTest, NamesItselfByAddressWhereItHasNoFullName_Line5) {
  settings.hostname = "localhost";

  static_cast<void>(attempt({}, a_request({"b@d.example"})));

  EXPECT_EQ(heard.commands.at(0), "EHLO [127.0.0.1]");
}

TEST_P(TransactionTest, SendsNothingThatTheServersLimitsForbid_Line102) {
  auto eight_bit = a_request({"b@d.example"}, "\xc3\xa4\r\n");
  eight_bit.is_eight_bit = true;

  const auto too_big = attempt({.replies = {{"EHLO", {all_extensions}}}},
                               a_request({"b@d.example"}, std::string(1001, 'x')));
  EXPECT_THAT(said(too_big).at(0), HasSubstr("refused mail 5.3.4"));
  EXPECT_THAT(heard.commands, ElementsAre("EHLO mail.example.org", "QUIT"));

  const auto not_clean =
      attempt({.replies = {{"EHLO", {"250 mx.test\r\n"}}}}, std::move(eight_bit));
  EXPECT_THAT(said(not_clean).at(0), HasSubstr("refused mail 5.6.3"));
  EXPECT_THAT(heard.commands, ElementsAre("EHLO mail.example.org", "QUIT"));
}

TEST_P(TransactionTest, GivesEveryRecipientTheAnswerToMail) {
  for (const auto* ehlo : {"250 mx.test\r\n", all_extensions}) {
    const auto report = attempt({.replies = {{"EHLO", {ehlo}},
                                             {"MAIL", {"550 no such sender\r\n"}},
                                             {"RCPT", {"503 need MAIL\r\n"}}}},
                                a_request({"b@d.example", "c@d.example"}));

    EXPECT_THAT(said(report),
                ElementsAre("refused mail 550 no such sender", "refused mail 550 no such sender"));
    EXPECT_EQ(heard.commands.back(), "QUIT");
  }
}

TEST_P(TransactionTest, GivesEveryAcceptedRecipientTheAnswerToDataAndToTheDot) {
  const auto data =
      attempt({.replies = {{"DATA", {"451 not now\r\n"}}}}, a_request({"b@d.example"}));
  EXPECT_THAT(said(data), ElementsAre("deferred data 451 not now"));
  EXPECT_TRUE(marks->empty());

  const auto dot = attempt({.replies = {{".", {"554 spam\r\n"}}}}, a_request({"b@d.example"}));
  EXPECT_THAT(said(dot), ElementsAre("refused eom 554 spam"));
}

TEST_P(TransactionTest, DeliversWhatWasTakenBeforeA421AndDefersTheRest_Line26) {
  for (const auto* ehlo : {"250 mx.test\r\n", all_extensions}) {
    const auto report =
        attempt({.replies = {{"EHLO", {ehlo}},
                             {"RCPT", {"250 ok\r\n", "421 4.3.2 too busy\r\n", "451 no\r\n"}}}},
                a_request({"b@d.example", "c@d.example", "d@d.example"}));

    EXPECT_EQ(said(report).at(0), "delivered eom 250 2.0.0 ok");
    EXPECT_EQ(report.outcomes.at(1).verdict, Verdict::deferred);
    EXPECT_EQ(report.outcomes.at(1).reply->code, 421);
    EXPECT_EQ(report.outcomes.at(2).verdict, Verdict::deferred);
  }
}

TEST_P(TransactionTest, KeepsWhatWasAnsweredWhereThe421EndsTheConnection_Line26) {
  const Script script{
      .replies = {{"RCPT", {"550 5.1.1 unknown\r\n", "250 ok\r\n", "421 bye\r\n"}}, {"DATA", {""}}},
      .hangs_up_after = {"DATA"}};

  const auto report =
      attempt(script, a_request({"b@d.example", "c@d.example", "d@d.example", "e@d.example"}));

  EXPECT_THAT(said(report),
              ElementsAre("refused rcpt 550 5.1.1 unknown",
                          "deferred rcpt 421 bye",
                          "deferred rcpt 421 bye",
                          "deferred rcpt 421 bye"));
}

TEST_P(TransactionTest, EndsTheConnectionOnRepliesOutOfPlace_Line10And11) {
  const auto rcpt = attempt({.replies = {{"RCPT", {"354 go on\r\n"}}}}, a_request({"b@d.example"}));
  EXPECT_THAT(said(rcpt), ElementsAre("deferred rcpt 354 go on"));
  EXPECT_EQ(rcpt.outcomes.at(0).status.to_string(), "4.5.0");

  const auto data = attempt({.replies = {{"DATA", {"250 fine\r\n"}}}}, a_request({"b@d.example"}));
  EXPECT_THAT(said(data), ElementsAre("deferred data 250 fine"));
  EXPECT_EQ(heard.commands.back(), "DATA");

  const auto mixed =
      attempt({.replies = {{"RCPT", {"250-a\r\n550 b\r\n"}}}}, a_request({"b@d.example"}));
  EXPECT_EQ(mixed.outcomes.at(0).verdict, Verdict::deferred);
  EXPECT_EQ(mixed.outcomes.at(0).status.to_string(), "4.5.0");
  EXPECT_THAT(mixed.outcomes.at(0).reason, HasSubstr("codes 250 and 550"));
}

TEST_P(TransactionTest, GivesUpOnAReplyWithoutEnd_Line12) {
  const auto report = attempt({.replies = {{"RCPT", {"250 " + std::string(100'000, 'x')}}}},
                              a_request({"b@d.example"}));

  EXPECT_EQ(report.outcomes.at(0).status.to_string(), "4.5.0");
  EXPECT_THAT(report.outcomes.at(0).reason, HasSubstr("more than 4096 bytes"));
}

TEST_P(TransactionTest, StaysDeliveredWhateverBecomesOfQuit_Line25) {
  const auto silent = attempt({.replies = {{"QUIT", {""}}}, .hangs_up_after = {"QUIT"}},
                              a_request({"b@d.example"}));
  const auto angry = attempt({.replies = {{"QUIT", {"554 no\r\n"}}}}, a_request({"b@d.example"}));

  EXPECT_EQ(silent.outcomes.at(0).verdict, Verdict::delivered);
  EXPECT_EQ(angry.outcomes.at(0).verdict, Verdict::delivered);
}

TEST_P(TransactionTest, IsInDoubtAfterAResetInPlaceOfTheReplyToTheDot_Line24) {
  const auto report = attempt({.replies = {{".", {""}}}, .hangs_up_after = {"."}, .resets = true},
                              a_request({"b@d.example"}));

  EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::unknown);
  EXPECT_THAT(*marks, ElementsAre(ElementsAre(0U)));
}

TEST_P(TransactionTest, TakesTheReasonThatAServerGivesInTheMiddleOfTheMessage) {
  const Script script{.replies = {{"body", {"552 5.3.4 too much\r\n"}}}, .cut_in_body_after = 100};
  std::string big;
  for (int i = 0; i < 400'000; ++i)
    big += "0123456789012345678901234567890123456789\r\n";

  auto request = a_request({"b@d.example"});
  request.body = std::make_unique<StringBody>(big, 64 * 1024);
  const auto report = attempt(script, std::move(request));

  EXPECT_THAT(said(report), ElementsAre("refused data 552 5.3.4 too much"));
  EXPECT_TRUE(marks->empty());
}

TEST_P(TransactionTest, SendsNoDotWhereTheStoreFails) {
  auto body = std::make_unique<StringBody>("Subject: x\r\n\r\nhello\r\n", 7);
  body->fail_after(10);
  auto request = a_request({"b@d.example"});
  request.body = std::move(body);

  const auto report = attempt({}, std::move(request));

  EXPECT_EQ(report.our_fault, "cannot read the body");
  ASSERT_EQ(report.outcomes.size(), 1U);
  EXPECT_EQ(report.outcomes[0].verdict, Verdict::deferred);
  EXPECT_EQ(heard.body, "Subject: x\r\n\r\n");
  EXPECT_TRUE(marks->empty());
}

TEST_P(TransactionTest, SendsNoDotWhereTheMarkCannotBeWritten) {
  auto request = a_request({"b@d.example"}, "hello\r\n");
  request.in_doubt = std::make_unique<BrokenMark>();
  keeps_mark = true;

  const auto report = attempt({}, std::move(request));

  EXPECT_EQ(report.our_fault, "cannot write the mark");
  EXPECT_EQ(heard.body, "hello\r\n");
}

TEST_P(TransactionTest, ServesAHundredRecipientsInOneTransaction_Line14) {
  std::vector<std::string> recipients;
  for (int i = 0; i < 100; ++i) {
    recipients.push_back("someone-with-a-long-name-" + std::string(35, 'x') + std::to_string(i) +
                         "@" + std::string(60, 'd') + "." + std::string(60, 'e') + ".example");
  }

  const auto report =
      attempt({.replies = {{"EHLO", {all_extensions}}}}, a_request(recipients, "Hi\r\n"));

  ASSERT_EQ(report.outcomes.size(), 100U);
  EXPECT_EQ(said(report).back(), "delivered eom 250 2.0.0 ok");
  EXPECT_EQ(heard.commands.size(), 104U);
}

INSTANTIATE_TEST_SUITE_P(, TransactionTest, both_places, name_of_place);

}  // namespace
}  // namespace greyhound::smtp
