#include "notify/notice_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/notify/notice_builders.hpp"

namespace greyhound::notify {
namespace {

using mail::ReplyClass;
using testing::a_delay;
using testing::a_failure;
using testing::a_reporter;
using testing::deferred;
using ::testing::HasSubstr;
using testing::noon;
using ::testing::Not;
using testing::refused;
using namespace std::chrono_literals;

std::string text_of(const NoticeFacts& facts) {
  return notice_text(facts, a_reporter(), Returned::nothing);
}

TEST(NoticeText, TellsADelayFromAFailureAndWhenTheNextTryIs) {
  const auto facts = a_delay();

  const auto text = text_of(facts);

  EXPECT_THAT(text, HasSubstr("There is nothing you need to do: this is not a\r\nfailure."));
  EXPECT_THAT(text, HasSubstr("The destination asked for a later attempt."));
  EXPECT_THAT(text, HasSubstr("    451 4.7.1 Greylisted, try again in 300 seconds\r\n"));
  EXPECT_THAT(text, HasSubstr("Next attempt: Sunday 1 March 2026, 12:35:00 UTC"));
  EXPECT_THAT(text, HasSubstr("Given up on: Friday 6 March 2026, 12:00:00 UTC"));
  EXPECT_THAT(text, Not(HasSubstr("could not be delivered")));
}

TEST(NoticeText, SaysWhatFailedWhyAndThatItIsOver) {
  auto facts = a_failure();
  facts.delay_notice_at = noon + 15min;

  const auto text = text_of(facts);

  EXPECT_THAT(text, HasSubstr("could not be delivered to the following."));
  EXPECT_THAT(text, HasSubstr("will not be\r\ntried again"));
  EXPECT_THAT(text,
              HasSubstr("This follows the delay notice of Sunday 1 March 2026, 12:15:00 UTC."));
  EXPECT_THAT(text, HasSubstr("The answer of mx1.d.example:\r\n    550 5.1.1 No such user\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("Next attempt")));
}

TEST(NoticeText, MentionsNoDelayNoticeThatWasNeverSent) {
  const auto facts = a_failure();

  const auto text = text_of(facts);

  EXPECT_THAT(text, Not(HasSubstr("delay notice")));
}

TEST(NoticeText, FindsWordsForEachReasonOfADelay) {
  struct Case {
    ReplyClass reply_class;
    mail::Outcome outcome;
    std::string words;
  };
  const auto busy = deferred(450, {"4.2.0 later"});
  const auto silent = testing::no_answer("no answer");
  const Case cases[] = {{ReplyClass::greylist, busy, "(greylisting)"},
                        {ReplyClass::rate_limit, busy, "only so much mail at a time"},
                        {ReplyClass::mailbox_full, busy, "mailbox is full for now"},
                        {ReplyClass::server_busy, busy, "trouble of its own"},
                        {ReplyClass::tls, silent, "No secure connection"},
                        {ReplyClass::dns_or_auth, silent, "name system"},
                        {ReplyClass::dns_or_auth, busy, "asked for a later attempt"},
                        {ReplyClass::connection, silent, "could not be reached"},
                        {ReplyClass::policy, busy, "asked for a later attempt"},
                        {ReplyClass::content, busy, "asked for a later attempt"},
                        {ReplyClass::unknown, busy, "asked for a later attempt"},
                        {ReplyClass::unknown, silent, "could not be reached"}};
  for (const auto& c : cases) {
    auto facts = a_delay();
    facts.recipients.front().reply_class = c.reply_class;
    facts.recipients.front().outcome = c.outcome;

    EXPECT_THAT(text_of(facts), HasSubstr(c.words)) << mail::to_string(c.reply_class);
  }
}

TEST(NoticeText, AdmitsThatAMessageInDoubtMayHaveArrived) {
  auto delay = a_delay();
  delay.recipients.front().outcome.verdict = mail::Verdict::unknown;
  auto failure = a_failure();
  failure.recipients.front().outcome.verdict = mail::Verdict::unknown;

  EXPECT_THAT(text_of(delay), HasSubstr("may have arrived"));
  EXPECT_THAT(text_of(failure), HasSubstr("may have arrived"));
}

TEST(NoticeText, SaysWhyNoServerWasAsked) {
  auto facts = a_failure();
  auto& outcome = facts.recipients.front().outcome;
  outcome.reply.reset();
  outcome.stage = mail::Stage::dns;
  outcome.reason = "d.example: no such domain";

  const auto text = text_of(facts);

  EXPECT_THAT(text, HasSubstr("The domain does not exist or takes no mail."));
  EXPECT_THAT(text, HasSubstr("    d.example: no such domain\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("The answer of")));
}

TEST(NoticeText, ShowsAServersUtf8AndDisarmsTheRest) {
  auto facts = a_failure();
  facts.recipients.front().outcome =
      refused(550, {"5.1.1 Empf\xc3\xa4nger \xff\x1b[2J\xe2\x80\xae\r\nTo: eve"});

  const auto text = text_of(facts);

  EXPECT_THAT(
      text,
      HasSubstr("    550 5.1.1 Empf\xc3\xa4nger \\xFF\\x1B[2J\\xE2\\x80\\xAE\\x0D\\x0DTo: eve"));
}

TEST(NoticeText, AnnouncesADueThatHasPassedAsImminent) {
  auto facts = a_delay();
  facts.recipients.front().next_attempt = facts.now;

  EXPECT_THAT(text_of(facts), HasSubstr("Next attempt: in a moment\r\n"));
}

}  // namespace
}  // namespace greyhound::notify
