// Messages that follow one another on a session, and the message that goes along with its envelope.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/smtp_client/courier_fixture.hpp"

namespace greyhound::smtp {
namespace {

using mail::Verdict;
using peers::Script;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* modern =
    "250-mx.test\r\n250-CHUNKING\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n";

class ReuseTest : public CourierAtBothPlaces {
 protected:
  ReuseTest() { keeps_sessions = true; }

  // One attempt after the other, each with a message of its own to one recipient.
  std::vector<mail::AttemptReport> attempts(peers::Receiver& receiver, std::size_t count) {
    std::vector<mail::AttemptReport> reports;
    for (std::size_t i = 0; i < count; ++i) {
      auto request = a_request({"b" + std::to_string(i) + "@d.example"}, body);
      reports.push_back(run_attempt(std::move(request), site_at({receiver.endpoint()})));
    }
    let_go();
    return reports;
  }

  std::vector<std::string> words(const std::vector<mail::AttemptReport>& reports) {
    std::vector<std::string> all;
    for (const auto& report : reports)
      all.push_back(said(report).at(0));
    return all;
  }

  static Script script_of_modern_server() { return {.replies = {{"EHLO", {modern}}}}; }

  std::string body = "hello\r\n";
};

TEST_P(ReuseTest, SendsTheNextMessageOnTheSameSession) {
  const auto receiver = receiver_of(Script{});

  const auto reports = attempts(*receiver, 2);

  EXPECT_THAT(words(reports),
              ElementsAre("delivered eom 250 2.0.0 ok", "delivered eom 250 2.0.0 ok"));
  EXPECT_THAT(receiver->heard(1).at(0).commands,
              ElementsAre("EHLO mail.example.org",
                          "MAIL FROM:<a@s.example>",
                          "RCPT TO:<b0@d.example>",
                          "DATA",
                          "MAIL FROM:<a@s.example>",
                          "RCPT TO:<b1@d.example>",
                          "DATA",
                          "QUIT"));
  EXPECT_EQ(reports[1].host, "mx1.test");
  EXPECT_EQ(reports[1].source, IpAddress::parse("127.0.0.1"));
}

TEST_P(ReuseTest, ResetsWhatARefusedTransactionLeftOpen_Line13) {
  const auto receiver =
      receiver_of(Script{.replies = {{"RCPT", {"450 4.2.0 later\r\n", "250 2.1.5 ok\r\n"}}}});

  const auto reports = attempts(*receiver, 2);

  EXPECT_THAT(words(reports),
              ElementsAre("deferred rcpt 450 4.2.0 later", "delivered eom 250 2.0.0 ok"));
  EXPECT_EQ(receiver->heard(1).at(0).commands.at(3), "RSET");
}

// What the server says to MAIL then is said of the transaction that is still open there.
TEST_P(ReuseTest, TakesAFreshConnectionWhereTheServerRefusesToReset) {
  for (const auto* refusal : {"502 5.5.1 no such command\r\n", "450 4.3.0 not now\r\n"}) {
    const Script odd{.replies = {{"RCPT", {"450 4.2.0 later\r\n", "250 2.1.5 ok\r\n"}},
                                 {"RSET", {refusal}},
                                 {"MAIL", {"250 ok\r\n", "503 5.5.1 nested MAIL\r\n"}}}};
    const auto receiver = receiver_of(std::vector<Script>{odd, Script{}});

    const auto reports = attempts(*receiver, 2);

    EXPECT_THAT(words(reports),
                ElementsAre("deferred rcpt 450 4.2.0 later", "delivered eom 250 2.0.0 ok"));
    EXPECT_THAT(receiver->heard(2), SizeIs(2));
  }
}

TEST_P(ReuseTest, EndsASessionAfterTheNumberOfMessagesThatIsAllowed) {
  settings.sessions.messages = 2;
  const auto receiver = receiver_of(Script{});

  attempts(*receiver, 3);

  const auto heard = receiver->heard(2);
  ASSERT_THAT(heard, SizeIs(2));
  EXPECT_THAT(heard[0].commands, testing::Contains("MAIL FROM:<a@s.example>").Times(2));
  EXPECT_EQ(heard[0].commands.back(), "QUIT");
}

TEST_P(ReuseTest, KeepsNoSessionThatIsTooOld) {
  settings.sessions.age = Duration(0);
  const auto receiver = receiver_of(Script{});

  attempts(*receiver, 2);

  EXPECT_THAT(receiver->heard(2), SizeIs(2));
}

TEST_P(ReuseTest, SaysGoodbyeWhenNoFurtherMessageComes) {
  settings.sessions.idle = std::chrono::milliseconds(20);
  const auto receiver = receiver_of(Script{});
  static_cast<void>(run_attempt(a_request({"b@d.example"}), site_at({receiver->endpoint()})));

  run_for(std::chrono::milliseconds(200));

  EXPECT_EQ(receiver->heard(1).at(0).commands.back(), "QUIT");
  let_go();
}

// A connection that the server has given up meanwhile is nobody's failed attempt.
struct Farewell {
  const char* what;
  Script first;
};

const Farewell farewells[] = {
    {"hung up behind the message", {.hangs_up_after = {"."}}},
    {"said 421 and hung up",
     {.replies = {{".", {"250 2.0.0 ok\r\n421 4.4.2 idle\r\n"}}}, .hangs_up_after = {"."}}},
    {"answers 421 to the next MAIL",
     {.replies = {{"MAIL", {"250 ok\r\n", "421 4.4.2 too old\r\n"}}}}},
    {"hangs up on the next MAIL", {.cut_after_bytes = 127}}};

TEST_P(ReuseTest, ReplacesASessionThatTheServerHasGivenUpWithoutAnAttempt_Line27) {
  for (const auto& [what, first] : farewells) {
    SCOPED_TRACE(what);
    const auto receiver = receiver_of(std::vector<Script>{first, Script{}});

    const auto reports = attempts(*receiver, 2);

    EXPECT_THAT(words(reports),
                ElementsAre("delivered eom 250 2.0.0 ok", "delivered eom 250 2.0.0 ok"));
    EXPECT_THAT(receiver->heard(2).at(1).commands, testing::Contains("RCPT TO:<b1@d.example>"));
  }
}

// A server that takes back its 421 has the message: another connection would send it twice.
TEST_P(ReuseTest, RepeatsNothingThatWasTakenAfterA421) {
  const auto receiver =
      receiver_of(Script{.replies = {{"RCPT", {"450 4.2.0 later\r\n", "250 2.1.5 ok\r\n"}},
                                     {"EHLO", {modern}},
                                     {"RSET", {"421 4.3.2 closing\r\n"}}}});

  const auto reports = attempts(*receiver, 2);

  EXPECT_EQ(words(reports).at(1), "delivered eom 250 2.0.0 ok");
  EXPECT_THAT(receiver->heard(1), SizeIs(1));
}

TEST_P(ReuseTest, TriesNoHostTwiceThatPutTheMessageOff) {
  const auto first =
      receiver_of(Script{.replies = {{"MAIL", {"250 ok\r\n", "451 4.3.0 disk\r\n"}}}});
  const auto second = receiver_of(Script{});
  const auto site = site_at({first->endpoint(), second->endpoint()});
  static_cast<void>(run_attempt(a_request({"b@d.example"}), site));

  const auto report = run_attempt(a_request({"c@d.example"}), site);
  let_go();

  EXPECT_EQ(report.host, "mx2.test");
  EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::delivered);
  EXPECT_THAT(first->heard(1), SizeIs(1));
}

TEST_P(ReuseTest, SendsAllOfAMessageInOneFlightOnceTheServerHasTakenOne) {
  const auto receiver = receiver_of(script_of_modern_server());

  const auto reports = attempts(*receiver, 2);

  EXPECT_EQ(words(reports).at(1), "delivered eom 250 2.0.0 ok");
  EXPECT_THAT(receiver->heard(1).at(0).bytes,
              HasSubstr("MAIL FROM:<a@s.example>\r\nRCPT TO:<b1@d.example>\r\n"
                        "BDAT 7 LAST\r\nhello\r\n"));
  EXPECT_THAT(*marks, ElementsAre(ElementsAre(0U), ElementsAre(0U)));
}

TEST_P(ReuseTest, AsksFirstAfterAServerHasPutSomethingOff) {
  auto script = script_of_modern_server();
  script.replies["RCPT"] = {"250 ok\r\n", "451 4.7.1 Greylisted\r\n", "250 ok\r\n"};
  const auto receiver = receiver_of(script);
  body = "x\r\n";

  const auto reports = attempts(*receiver, 3);

  EXPECT_THAT(words(reports).at(1), HasSubstr("deferred rcpt 451 4.7.1"));
  EXPECT_EQ(words(reports).at(2), "delivered eom 250 2.0.0 ok");
  // The body of the one that was put off was wasted, that of the last was not.
  EXPECT_THAT(*marks, SizeIs(3));
  EXPECT_THAT(receiver->heard(1).at(0).commands, testing::Contains("BDAT 3 LAST").Times(3));
}

TEST_P(ReuseTest, ResetsAfterARefusedBdat_Line108) {
  auto script = script_of_modern_server();
  script.replies["BDAT"] = {"451 4.3.0 later\r\n", "250 2.0.0 ok\r\n"};
  const auto receiver = receiver_of(script);

  const auto reports = attempts(*receiver, 2);

  EXPECT_THAT(words(reports),
              ElementsAre("deferred eom 451 4.3.0 later", "delivered eom 250 2.0.0 ok"));
  EXPECT_EQ(receiver->heard(1).at(0).commands.at(4), "RSET");
}

TEST_P(ReuseTest, AsksFirstWhereItIsToldTo) {
  settings.at_once = false;
  auto script = script_of_modern_server();
  script.replies["RCPT"] = {"250 ok\r\n", "450 4.2.0 later\r\n"};
  const auto receiver = receiver_of(script);

  attempts(*receiver, 2);

  EXPECT_THAT(receiver->heard(1).at(0).commands, testing::Contains("BDAT 7 LAST").Times(1));
}

TEST_P(ReuseTest, AsksFirstWhereTheMessageIsLarge) {
  auto script = script_of_modern_server();
  script.replies["RCPT"] = {"250 ok\r\n", "450 4.2.0 later\r\n"};
  const auto receiver = receiver_of(script);
  body = std::string(70'000, 'x') + "\r\n";

  attempts(*receiver, 2);

  EXPECT_THAT(*marks, SizeIs(1));
}

TEST_P(ReuseTest, TellsTheRecipientsOfOneFlightApart) {
  auto script = script_of_modern_server();
  script.replies["RCPT"] = {
      "250 ok\r\n", "550 5.1.1 unknown\r\n", "250 ok\r\n", "451 4.7.1 Greylisted\r\n"};
  const auto receiver = receiver_of(script);
  const auto site = site_at({receiver->endpoint()});
  static_cast<void>(run_attempt(a_request({"a@d.example"}), site));

  const auto report = run_attempt(a_request({"b@d.example", "c@d.example", "d@d.example"}), site);
  let_go();

  EXPECT_THAT(said(report),
              ElementsAre("refused rcpt 550 5.1.1 unknown",
                          "delivered eom 250 2.0.0 ok",
                          "deferred rcpt 451 4.7.1 Greylisted"));
}

TEST_P(ReuseTest, EndsAnEmptyMessageThatAServerAsksForThoughItRefusedEveryRecipient_Line105) {
  const auto receiver = receiver_of(
      Script{.replies = {{"EHLO", {"250-mx.test\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n"}},
                         {"RCPT", {"450 4.2.0 later\r\n", "250 ok\r\n"}},
                         {".", {"554 5.5.1 no valid recipients\r\n", "250 2.0.0 ok\r\n"}}}});

  const auto reports = attempts(*receiver, 2);

  EXPECT_THAT(words(reports),
              ElementsAre("deferred rcpt 450 4.2.0 later", "delivered eom 250 2.0.0 ok"));
  EXPECT_THAT(receiver->heard(1).at(0).body, testing::StartsWith(".\r\n"));
  EXPECT_THAT(*marks, SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(, ReuseTest, both_places, name_of_place);

}  // namespace
}  // namespace greyhound::smtp
