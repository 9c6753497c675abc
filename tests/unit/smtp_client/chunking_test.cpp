// The message by BDAT, to servers that offer CHUNKING (RFC 3030).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/smtp_client/courier_fixture.hpp"

namespace greyhound::smtp {
namespace {

using mail::Stage;
using mail::Verdict;
using peers::Script;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* chunking =
    "250-mx.test\r\n250-CHUNKING\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n";

class ChunkingTest : public CourierAtBothPlaces {
 protected:
  mail::AttemptReport attempt(Script script, mail::AttemptRequest request) {
    script.replies.try_emplace("EHLO", std::vector<std::string>{chunking});
    const auto receiver = receiver_of(std::move(script));
    auto report = run_attempt(std::move(request), site_at({receiver->endpoint()}));
    heard = receiver->heard(1).at(0);
    return report;
  }

  static mail::AttemptRequest large_request(const std::string& body) {
    auto request = a_request({"b@d.example"});
    request.body = std::make_unique<StringBody>(body, 64 * 1024);
    return request;
  }

  static std::string lines(int count) {
    std::string body;
    for (int i = 0; i < count; ++i)
      body += "0123456789012345678901234567890123456789\r\n";
    return body;
  }

  peers::HeardSession heard;
};

TEST_P(ChunkingTest, SendsAMessageAsItIsInOneBdatWithoutAsking_Line107) {
  const auto report = attempt({}, a_request({"b@d.example"}, "Hi\r\n.dot\r\n..\r\n"));

  EXPECT_THAT(said(report), ElementsAre("delivered eom 250 2.0.0 ok"));
  EXPECT_THAT(heard.commands,
              ElementsAre("EHLO mail.example.org",
                          "MAIL FROM:<a@s.example>",
                          "RCPT TO:<b@d.example>",
                          "BDAT 14 LAST",
                          "QUIT"));
  EXPECT_EQ(heard.body, "Hi\r\n.dot\r\n..\r\n");
  EXPECT_THAT(*marks, ElementsAre(ElementsAre(0U)));
}

TEST_P(ChunkingTest, SendsALargeMessageInSeveralOfWhichOneIsTheLast_Line108And165) {
  const auto body = lines(40'000);  // 1.6 MiB

  const auto report = attempt({}, large_request(body));

  EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::delivered);
  EXPECT_EQ(heard.body, body);
  std::size_t said_to_be_last = 0;
  for (const auto& command : heard.commands)
    if (command.ends_with(" LAST")) ++said_to_be_last;
  EXPECT_EQ(said_to_be_last, 1U);
  EXPECT_THAT(heard.commands, Not(Contains("DATA")));
}

TEST_P(ChunkingTest, SendsNoChunkWhereEveryRecipientWasRefused) {
  const auto report = attempt({.replies = {{"RCPT", {"450 4.2.0 later\r\n"}}}},
                              a_request({"b@d.example", "c@d.example"}));

  EXPECT_THAT(said(report), Each("deferred rcpt 450 4.2.0 later"));
  EXPECT_THAT(heard.commands, Not(Contains(StartsWith("BDAT"))));
  EXPECT_TRUE(marks->empty());
}

TEST_P(ChunkingTest, SendsNoMoreChunksBehindOneThatWasRefused_Line108) {
  const auto report =
      attempt({.replies = {{"BDAT", {"452 4.3.1 no room\r\n"}}}}, large_request(lines(40'000)));

  EXPECT_THAT(said(report), ElementsAre("deferred data 452 4.3.1 no room"));
  EXPECT_THAT(heard.commands.back(), "QUIT");
  EXPECT_THAT(heard.commands, Not(Contains(testing::EndsWith("LAST"))));
  EXPECT_TRUE(marks->empty());
}

TEST_P(ChunkingTest, TakesAReplyOutOfPlaceForNoAcceptance) {
  const auto report =
      attempt({.replies = {{"BDAT", {"354 go on\r\n"}}}}, large_request(lines(40'000)));

  EXPECT_EQ(report.outcomes.at(0).verdict, Verdict::deferred);
  EXPECT_EQ(report.outcomes.at(0).stage, Stage::data);
}

TEST_P(ChunkingTest, SendsNothingOfTheMessageWhereTheMarkCannotBeWritten) {
  auto request = a_request({"b@d.example"}, "hello\r\n");
  request.in_doubt = std::make_unique<BrokenMark>();
  keeps_mark = true;

  const auto report = attempt({}, std::move(request));

  EXPECT_EQ(report.our_fault, "cannot write the mark");
  EXPECT_EQ(heard.body, "");
}

TEST_P(ChunkingTest, IsInDoubtWhereTheReplyToTheLastChunkStaysAway) {
  settings.timeouts.final = std::chrono::milliseconds(100);

  const auto report = attempt({.replies = {{"BDAT", {""}}}}, a_request({"b@d.example"}));

  EXPECT_THAT(said(report),
              ElementsAre("in doubt eom 4.4.2 mx1.test: no reply to the last BDAT within 100ms"));
}

TEST_P(ChunkingTest, IsNotInDoubtWhereA421EndedTheConnectionBeforeTheMessage_Line26) {
  const Script script{.replies = {{"RCPT", {"250 ok\r\n", "421 4.7.0 too many errors\r\n"}},
                                  {"DATA", {""}},
                                  {"BDAT", {""}}},
                      .hangs_up_after = {"DATA", "BDAT"}};

  const auto report = attempt(script, a_request({"b@d.example", "c@d.example"}));

  EXPECT_THAT(said(report), Each(std::string("deferred rcpt 421 4.7.0 too many errors")));
  EXPECT_THAT(*marks, IsEmpty());
}

TEST_P(ChunkingTest, SendsTheMessageWhereTheServerStaysAfterA421_Line26) {
  const Script script{.replies = {{"RCPT", {"250 ok\r\n", "421 4.7.0 not now\r\n"}}}};

  const auto report = attempt(script, a_request({"b@d.example", "c@d.example"}, "Hi\r\n.dot\r\n"));

  EXPECT_THAT(said(report),
              ElementsAre("delivered eom 250 2.0.0 ok", "deferred rcpt 421 4.7.0 not now"));
  EXPECT_EQ(heard.body, "Hi\r\n..dot\r\n.\r\n");  // by DATA
}

INSTANTIATE_TEST_SUITE_P(, ChunkingTest, both_places, name_of_place);

}  // namespace
}  // namespace greyhound::smtp
