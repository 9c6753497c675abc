#include "smtp_client/reply_meaning.hpp"

#include <gtest/gtest.h>

namespace greyhound::smtp {
namespace {

using mail::Stage;
using mail::Verdict;

struct Row {
  Stage stage;
  int code;
  const char* text;
  Verdict verdict;
  const char* status;
};

class ReplyTable : public testing::TestWithParam<Row> {};

TEST_P(ReplyTable, SaysWhatTheReplyMeans_Line9And10And103) {
  const auto& row = GetParam();

  const auto outcome = outcome_of(row.stage, mail::make_reply(row.code, {row.text}));

  EXPECT_EQ(outcome.verdict, row.verdict);
  EXPECT_EQ(outcome.status.to_string(), row.status);
  EXPECT_EQ(outcome.stage, row.stage);
  ASSERT_TRUE(outcome.reply);
  EXPECT_EQ(outcome.reply->code, row.code);
}

INSTANTIATE_TEST_SUITE_P(
    Stages,
    ReplyTable,
    testing::Values(Row{Stage::greeting, 554, "no", Verdict::refused, "5.0.0"},
                    Row{Stage::greeting, 421, "busy", Verdict::deferred, "4.3.2"},
                    Row{Stage::greeting, 521, "never", Verdict::refused, "5.3.2"},
                    Row{Stage::mail, 451, "4.7.1 later", Verdict::deferred, "4.7.1"},
                    Row{Stage::mail, 452, "no room now", Verdict::deferred, "4.0.0"},
                    Row{Stage::mail, 552, "too big", Verdict::refused, "5.3.4"},
                    Row{Stage::mail, 553, "bad sender", Verdict::refused, "5.1.7"},
                    Row{Stage::mail, 354, "what", Verdict::deferred, "4.5.0"},
                    Row{Stage::rcpt, 450, "later", Verdict::deferred, "4.0.0"},
                    Row{Stage::rcpt, 499, "odd but 4yz", Verdict::deferred, "4.0.0"},
                    Row{Stage::rcpt, 550, "5.1.1 unknown", Verdict::refused, "5.1.1"},
                    Row{Stage::rcpt, 550, "4.1.1 wrong class", Verdict::refused, "5.0.0"},
                    Row{Stage::rcpt, 552, "full", Verdict::refused, "5.2.2"},
                    Row{Stage::rcpt, 556, "null MX", Verdict::refused, "5.1.10"},
                    Row{Stage::rcpt, 599, "odd but 5yz", Verdict::refused, "5.0.0"},
                    Row{Stage::data, 250, "no 354", Verdict::deferred, "4.5.0"},
                    Row{Stage::data, 503, "sequence", Verdict::refused, "5.5.1"},
                    Row{Stage::eom, 250, "2.6.0 queued", Verdict::delivered, "2.6.0"},
                    Row{Stage::eom, 250, "queued", Verdict::delivered, "2.0.0"},
                    Row{Stage::eom, 452, "disk", Verdict::deferred, "4.0.0"},
                    Row{Stage::eom, 554, "spam", Verdict::refused, "5.0.0"},
                    Row{Stage::eom, 354, "what", Verdict::unknown, "4.5.0"}));

TEST(ReplyMeaning, Takes552AfterAcceptedRecipientsFor452_Line16) {
  const auto outcome = outcome_after_accepted_recipients(mail::make_reply(552, {"too many"}));

  EXPECT_EQ(outcome.verdict, Verdict::deferred);
  EXPECT_EQ(outcome.status.to_string(), "4.5.3");
  EXPECT_EQ(outcome.reply->code, 552);
}

TEST(ReplyMeaning, KeepsOther5yzAfterAcceptedRecipients) {
  const auto outcome = outcome_after_accepted_recipients(mail::make_reply(550, {"unknown"}));

  EXPECT_EQ(outcome.verdict, Verdict::refused);
}

TEST(ReplyMeaning, NamesHostStepAndLimitOfASilence_Line98) {
  const Step step{Stage::rcpt, "reply to RCPT", std::chrono::minutes(5)};

  const auto outcome = outcome_without_reply("mx1.example", step, {Fault::timeout, "x"});

  EXPECT_EQ(outcome.verdict, Verdict::deferred);
  EXPECT_EQ(outcome.status.to_string(), "4.4.2");
  EXPECT_EQ(outcome.reply, std::nullopt);
  EXPECT_EQ(outcome.reason, "mx1.example: no reply to RCPT within 5m");
}

TEST(ReplyMeaning, CallsACutAfterTheFinalDotInDoubt) {
  const Step step{Stage::eom, "reply to the final dot", std::chrono::minutes(10)};

  const auto cut = outcome_without_reply("mx1.example", step, {Fault::closed, "x"});
  const auto noise = outcome_without_reply("mx1.example", step, {Fault::protocol, "no code"});

  EXPECT_EQ(cut.verdict, Verdict::unknown);
  EXPECT_EQ(cut.reason, "mx1.example: connection closed before the reply to the final dot");
  EXPECT_EQ(noise.verdict, Verdict::unknown);
  EXPECT_EQ(noise.status.to_string(), "4.5.0");
}

}  // namespace
}  // namespace greyhound::smtp
