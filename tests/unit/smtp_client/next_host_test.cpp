#include "smtp_client/next_host.hpp"

#include <gtest/gtest.h>

#include "config/replies_json.hpp"
#include "smtp_client/reply_meaning.hpp"

namespace greyhound::smtp {
namespace {

using mail::Stage;

mail::Outcome answered(Stage stage, int code, const char* text) {
  return outcome_of(stage, mail::make_reply(code, {text}));
}

mail::Outcome cut(Stage stage) {
  const Step step{stage, "reply", std::chrono::minutes(5)};
  return outcome_without_reply("mx.test", step, {Fault::closed, "closed"});
}

constexpr auto early = Progress::before_rcpt_reply;
constexpr auto late = Progress::after_rcpt_reply;

bool goes_on(const mail::Outcome& outcome, Progress progress) {
  return is_reason_for_next_host(outcome, progress, *config::shipped_reply_rules());
}

TEST(NextHost, IsTriedAfterAnySetbackBeforeMail_Line3And4) {
  EXPECT_TRUE(goes_on(cut(Stage::connect), early));
  EXPECT_TRUE(goes_on(answered(Stage::greeting, 421, "busy"), early));
  EXPECT_TRUE(goes_on(answered(Stage::greeting, 554, "no"), early));
  EXPECT_TRUE(goes_on(answered(Stage::greeting, 450, "greylisted"), early));
  EXPECT_TRUE(goes_on(answered(Stage::ehlo, 550, "no"), early));
  EXPECT_TRUE(goes_on(cut(Stage::ehlo), early));
  EXPECT_TRUE(goes_on(cut(Stage::auth), early));
}

TEST(NextHost, IsTriedAfterADeferralAtMailThatIsNotGreylisting) {
  EXPECT_TRUE(goes_on(answered(Stage::mail, 451, "local error"), early));
  EXPECT_TRUE(goes_on(answered(Stage::mail, 421, "closing"), early));
  EXPECT_TRUE(goes_on(cut(Stage::mail), early));
  EXPECT_FALSE(goes_on(answered(Stage::mail, 451, "4.7.1 Greylisted"), early));
  EXPECT_FALSE(goes_on(answered(Stage::mail, 450, "try again in 300 s"), early));
  EXPECT_FALSE(goes_on(answered(Stage::mail, 550, "never"), early));
}

TEST(NextHost, IsTriedAfterACutBeforeTheFirstRcptReplyOnly) {
  EXPECT_TRUE(goes_on(cut(Stage::rcpt), early));
  EXPECT_FALSE(goes_on(cut(Stage::rcpt), late));
}

TEST(NextHost, IsNotTriedAfterAnAnswerToRcptDataOrTheDot) {
  EXPECT_FALSE(goes_on(answered(Stage::rcpt, 450, "later"), late));
  EXPECT_FALSE(goes_on(answered(Stage::rcpt, 421, "later"), late));
  EXPECT_FALSE(goes_on(answered(Stage::rcpt, 550, "unknown"), late));
  EXPECT_FALSE(goes_on(answered(Stage::data, 451, "later"), late));
  EXPECT_FALSE(goes_on(answered(Stage::eom, 451, "later"), Progress::in_body));
  EXPECT_FALSE(goes_on(cut(Stage::data), Progress::in_body));
  EXPECT_FALSE(goes_on(cut(Stage::eom), Progress::in_body));
}

TEST(NextHost, IsTriedWhereTheTextAsksForItAndTheMessageWasNotRead) {
  const auto asked = answered(Stage::rcpt, 450, "please use the Next MX");

  EXPECT_TRUE(goes_on(asked, late));
  EXPECT_FALSE(goes_on(asked, Progress::in_body));
}

}  // namespace
}  // namespace greyhound::smtp
