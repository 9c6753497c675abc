#include "scheduler/greylist_detector.hpp"

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

using mail::ReplyClass;
using mail::Stage;

struct Sample {
  Stage stage;
  int code;
  std::string text;
  ReplyClass reply_class;
  bool may_be_greylisting;
};

TEST(GreylistDetector, ReadsTheReasonThatAServerStates) {
  const std::vector<Sample> samples{
      {Stage::rcpt, 451, "4.7.1 Greylisted, try again later", ReplyClass::greylist, true},
      {Stage::rcpt,
       450,
       "4.2.0 Recipient address rejected: Greylisted",
       ReplyClass::greylist,
       true},
      {Stage::eom, 451, "This server employs greylisting", ReplyClass::greylist, true},
      {Stage::rcpt, 421, "Graylisting in effect", ReplyClass::greylist, true},
      {Stage::rcpt, 452, "4.2.2 greylisted for 60 s", ReplyClass::greylist, true},
      {Stage::rcpt, 452, "4.2.2 The mailbox is full", ReplyClass::mailbox_full, false},
      {Stage::rcpt, 452, "4.2.2", ReplyClass::mailbox_full, false},
      {Stage::mail,
       421,
       "4.7.0 Too many connections from your address",
       ReplyClass::rate_limit,
       false},
      {Stage::rcpt, 450, "4.7.1 Throttled", ReplyClass::rate_limit, false},
      {Stage::mail, 451, "Your address is on a blocklist", ReplyClass::policy, false},
      {Stage::rcpt,
       450,
       "4.1.8 Sender address rejected: Domain not found",
       ReplyClass::dns_or_auth,
       false},
      {Stage::eom, 451, "4.3.2 Please try again", ReplyClass::server_busy, false},
      {Stage::greeting, 421, "Service not available", ReplyClass::server_busy, false},
      {Stage::eom, 451, "Virus scanner not reachable", ReplyClass::content, false},
  };

  for (const auto& sample : samples) {
    const auto found = classify(replied(sample.stage, sample.code, {sample.text}));
    EXPECT_EQ(found.reply_class, sample.reply_class) << sample.text;
    EXPECT_EQ(found.may_be_greylisting, sample.may_be_greylisting) << sample.text;
  }
}

TEST(GreylistDetector, SuspectsGreylistingBehindAnUnexplainedDeferral) {
  for (const auto stage : {Stage::mail, Stage::rcpt, Stage::data, Stage::eom}) {
    const auto found = classify(replied(stage, 451, {"4.7.1 Try again later"}));
    EXPECT_EQ(found, (Classification{ReplyClass::unknown, true})) << to_string(stage);
  }
}

TEST(GreylistDetector, NamesWhatFailedWhereNoServerAnswered) {
  EXPECT_EQ(classify(no_connection()), (Classification{ReplyClass::connection, false}));
  EXPECT_EQ(classify(cut_after_the_dot()), (Classification{ReplyClass::connection, false}));

  auto no_answer = no_connection();
  no_answer.stage = Stage::dns;
  EXPECT_EQ(classify(no_answer), (Classification{ReplyClass::dns_or_auth, false}));
}

TEST(GreylistDetector, NeverTakesAPermanentReplyForGreylisting) {
  const auto found = classify(
      replied(Stage::rcpt, 550, {"5.7.1 Greylisting in effect, sending server blacklisted"}));

  EXPECT_FALSE(found.may_be_greylisting);
  EXPECT_EQ(found.reply_class, ReplyClass::policy);
}

}  // namespace
}  // namespace greyhound::scheduler
