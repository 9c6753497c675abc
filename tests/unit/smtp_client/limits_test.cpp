// How much goes into one transaction and one session: what the server states (RFC 9422) and what an
// administrator does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/smtp_client/courier_fixture.hpp"

namespace greyhound::smtp {
namespace {

using mail::Verdict;
using peers::Script;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

Script with_limits(const std::string& limits) {
  return {
      .replies = {{"EHLO", {"250-mx.test\r\n250-LIMITS " + limits + "\r\n250 PIPELINING\r\n"}}}};
}

std::vector<std::string> recipients(std::size_t count) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back("b" + std::to_string(i) + "@d.example");
  return all;
}

// "MAIL", "RCPT", ... in order.
std::vector<std::string> verbs(const peers::HeardSession& session) {
  std::vector<std::string> all;
  for (const auto& command : session.commands)
    all.push_back(command.substr(0, 4));
  return all;
}

class LimitsTest : public CourierAtBothPlaces {};

TEST_P(LimitsTest, TheRecipientsGoInTransactionsOfTheSizeThatTheServerTakes_Line15And118) {
  const auto receiver = receiver_of(with_limits("RCPTMAX=2"));

  const auto report = run_attempt(a_request(recipients(5)), site_at({receiver->endpoint()}));

  EXPECT_THAT(said(report), testing::AllOf(SizeIs(5), Each("delivered eom 250 2.0.0 ok")));
  EXPECT_THAT(verbs(receiver->heard(1).at(0)),
              ElementsAre("EHLO",
                          "MAIL",
                          "RCPT",
                          "RCPT",
                          "DATA",
                          "MAIL",
                          "RCPT",
                          "RCPT",
                          "DATA",
                          "MAIL",
                          "RCPT",
                          "DATA",
                          "QUIT"));
}

// It would be taken for the answer to the MAIL of the next, and so on to the end.
TEST_P(LimitsTest, AReplyThatNobodyAskedForEndsTheSessionBetweenTwoTransactions) {
  const auto receiver = receiver_of(Script{
      .replies = {{"EHLO", {"250-mx.test\r\n250-CHUNKING\r\n250 LIMITS RCPTMAX=1\r\n"}},
                  {"BDAT", {"250 2.0.0 ok\r\n250 2.0.0 and more\r\n", "451 4.3.0 later\r\n"}}}});

  const auto report = run_attempt(a_request(recipients(2)), site_at({receiver->endpoint()}));

  EXPECT_EQ(said(report).at(0), "delivered eom 250 2.0.0 ok");
  EXPECT_EQ(report.outcomes.at(1).verdict, Verdict::deferred);
  EXPECT_THAT(receiver->heard(1).at(0).commands, testing::Not(Contains("RCPT TO:<b1@d.example>")));
}

// The record that a crash leaves behind names all that may have got the message.
TEST_P(LimitsTest, WhatWasDeliveredBeforeIsInTheMarkOfTheNextTransaction) {
  const auto receiver = receiver_of(with_limits("RCPTMAX=1"));

  static_cast<void>(run_attempt(a_request(recipients(3)), site_at({receiver->endpoint()})));

  ASSERT_THAT(*marks, SizeIs(3));
  EXPECT_THAT((*marks)[0], ElementsAre(0U));
  EXPECT_THAT((*marks)[1], testing::UnorderedElementsAre(0U, 1U));
  EXPECT_THAT((*marks)[2], testing::UnorderedElementsAre(0U, 1U, 2U));
}

TEST_P(LimitsTest, EachRecipientGetsTheAnswerToItsOwnTransaction) {
  auto script = with_limits("RCPTMAX=1");
  script.replies["RCPT"] = {"250 ok\r\n", "451 4.7.1 Greylisted\r\n", "550 no\r\n", "250 ok\r\n"};
  const auto receiver = receiver_of(script);

  const auto report = run_attempt(a_request(recipients(4)), site_at({receiver->endpoint()}));

  EXPECT_EQ(report.outcomes[0].verdict, Verdict::delivered);
  EXPECT_EQ(report.outcomes[1].verdict, Verdict::deferred);
  EXPECT_EQ(report.outcomes[2].verdict, Verdict::refused);
  EXPECT_EQ(report.outcomes[3].verdict, Verdict::delivered);
}

TEST_P(LimitsTest, WhoeverIsTakenBeforeA452GetsTheMessageAndTheOthersGetItLater_Line17) {
  const auto receiver = receiver_of(
      Script{.replies = {{"RCPT", {"250 ok\r\n", "250 ok\r\n", "452 4.5.3 too many\r\n"}}}});

  const auto report = run_attempt(a_request(recipients(4)), site_at({receiver->endpoint()}));

  EXPECT_THAT(said(report),
              ElementsAre("delivered eom 250 2.0.0 ok",
                          "delivered eom 250 2.0.0 ok",
                          "deferred rcpt 452 4.5.3 too many",
                          "deferred rcpt 452 4.5.3 too many"));
}

TEST_P(LimitsTest, ASiteThatHungUpInTheMiddleGetsNoMoreRecipientsAtOnceThanItAnswered_Line26) {
  const auto receiver = receiver_of(
      {Script{.replies = {{"RCPT", {"250 ok\r\n", "451 later\r\n", "421 enough\r\n"}}}}, Script{}});
  const auto site = site_at({receiver->endpoint()});

  const auto cut_short = run_attempt(a_request(recipients(4)), site);
  const auto report = run_attempt(a_request(recipients(3)), site);

  EXPECT_THAT(said(cut_short),
              ElementsAre("delivered eom 250 2.0.0 ok",
                          "deferred rcpt 451 later",
                          StartsWith("deferred rcpt 421"),
                          StartsWith("deferred rcpt 421")));
  EXPECT_THAT(said(report), testing::AllOf(SizeIs(3), Each("delivered eom 250 2.0.0 ok")));
  EXPECT_THAT(verbs(receiver->heard(2).at(1)),
              ElementsAre("EHLO", "MAIL", "RCPT", "RCPT", "DATA", "MAIL", "RCPT", "DATA", "QUIT"));
}

TEST_P(LimitsTest, ANewSessionTakesThoseForWhomTheServerHasNoTurnInTheFirst_Line118) {
  const auto receiver = receiver_of(with_limits("MAILMAX=2 RCPTMAX=1"));

  const auto report = run_attempt(a_request(recipients(5)), site_at({receiver->endpoint()}));

  EXPECT_THAT(said(report), testing::AllOf(SizeIs(5), Each("delivered eom 250 2.0.0 ok")));
  const auto sessions = receiver->heard(3);
  ASSERT_THAT(sessions, SizeIs(3));
  EXPECT_THAT(verbs(sessions[0]), Contains("MAIL").Times(2));
  EXPECT_THAT(verbs(sessions[1]), Contains("MAIL").Times(2));
  EXPECT_THAT(verbs(sessions[2]), Contains("MAIL").Times(1));
}

TEST_P(LimitsTest, TheServersNumberOfMessagesEndsASession) {
  keeps_sessions = true;
  const auto receiver = receiver_of(with_limits("MAILMAX=2"));

  for (int i = 0; i < 3; ++i)
    static_cast<void>(run_attempt(a_request({"b@d.example"}), site_at({receiver->endpoint()})));
  let_go();

  const auto sessions = receiver->heard(2);
  ASSERT_THAT(sessions, SizeIs(2));
  EXPECT_THAT(verbs(sessions[0]), Contains("MAIL").Times(2));
}

TEST_P(LimitsTest, AnAdministratorsNumberOfMessagesEndsASession) {
  keeps_sessions = true;
  const auto receiver = receiver_of(Script{});
  auto site = site_at({receiver->endpoint()});
  site.per_session = 1;

  for (int i = 0; i < 2; ++i)
    static_cast<void>(run_attempt(a_request({"b@d.example"}), site));
  let_go();

  EXPECT_THAT(receiver->heard(2), SizeIs(2));
}

// Of two domains of one site the stricter has its way, whoever comes first.
TEST_P(LimitsTest, ASessionThatCarriedMailOfAStricterDomainEndsByItsRule) {
  keeps_sessions = true;
  const auto receiver = receiver_of(Script{});
  auto strict = site_at({receiver->endpoint()});
  strict.per_session = 2;
  auto lax = strict;
  lax.per_session = 50;

  for (const auto& site : {strict, lax, lax})
    static_cast<void>(run_attempt(a_request({"b@d.example"}), site));
  let_go();

  const auto sessions = receiver->heard(2);
  ASSERT_THAT(sessions, SizeIs(2));
  EXPECT_THAT(verbs(sessions[0]), Contains("MAIL").Times(2));
}

TEST_P(LimitsTest, ALostConnectionSendsThoseWhoseTurnHadNotComeToTheNextHost) {
  auto first = with_limits("RCPTMAX=1");
  first.hangs_up_after = {"."};
  const auto breaking = receiver_of(first);
  const auto other = receiver_of(Script{});
  const auto site = site_at({breaking->endpoint(), other->endpoint()});

  const auto report = run_attempt(a_request(recipients(3)), site);

  EXPECT_THAT(said(report), Each(StartsWith("delivered")));
  EXPECT_THAT(verbs(other->heard(1).at(0)), Contains("RCPT").Times(2));
}

TEST_P(LimitsTest, ALostConnectionPutsThoseOffWhoHaveNoOtherHost) {
  auto script = with_limits("RCPTMAX=1");
  script.replies["."] = {"421 4.3.2 closing\r\n"};
  const auto receiver = receiver_of(script);

  const auto report = run_attempt(a_request(recipients(3)), site_at({receiver->endpoint()}));

  EXPECT_THAT(said(report),
              ElementsAre("deferred eom 421 4.3.2 closing",
                          "deferred mail 4.4.2 mx1.test: connection lost before the turn of this "
                          "recipient",
                          HasSubstr("before the turn of this recipient")));
  EXPECT_THAT(receiver->heard(1), SizeIs(1));
}

TEST_P(LimitsTest, AStoreThatFailsIsNoReasonToGoOnWithTheOthers) {
  const auto receiver = receiver_of(with_limits("RCPTMAX=1"));
  const auto other = receiver_of(Script{});
  auto request = a_request(recipients(2));
  auto body = std::make_unique<StringBody>("hello\r\n", 3);
  body->fail_after(3);
  request.body = std::move(body);

  const auto report =
      run_attempt(std::move(request), site_at({receiver->endpoint(), other->endpoint()}));

  EXPECT_EQ(report.our_fault, "cannot read the body");
  EXPECT_THAT(said(report), Each(StartsWith("deferred local")));
  EXPECT_THAT(verbs(receiver->heard(1).at(0)), Contains("RCPT").Times(1));
}

TEST_P(LimitsTest, WhatNobodyLimitsGoesInOne) {
  const auto receiver = receiver_of(with_limits("RCPTMAX=0 MAILMAX=-1 RCPTDOMAINMAX=1 RCPTMAX=1x"));

  static_cast<void>(run_attempt(a_request(recipients(100)), site_at({receiver->endpoint()})));

  EXPECT_THAT(verbs(receiver->heard(1).at(0)), Contains("MAIL").Times(1));
}

INSTANTIATE_TEST_SUITE_P(, LimitsTest, both_places, name_of_place);

}  // namespace
}  // namespace greyhound::smtp
