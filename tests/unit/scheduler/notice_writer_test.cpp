#include "scheduler/notice_writer.hpp"

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

using queue::MessageKind;

struct Office {
  queue::Message message = a_message();
  queue::Delivery delivery = a_delivery(message, {"a@there.example", "b@there.example"});
  RetrySettings retry = one_rule();
  notify::NotificationSettings notification = {};
  notify::Reporter reporter{.hostname = "mta.here.example",
                            .postmaster = "postmaster@here.example"};
  Instant now = noon + 20min;
  std::vector<queue::Delivery> siblings = {};

  Decision decide_on(std::vector<mail::Outcome> outcomes) const {
    return decide({message, delivery, retry, notification, now},
                  open_recipients(delivery),
                  report(std::move(outcomes)));
  }

  queue::Settlement write(const Decision& decision) const {
    queue::LoadedMessage loaded{.message = message, .deliveries = {delivery}};
    loaded.deliveries.insert(loaded.deliveries.end(), siblings.begin(), siblings.end());
    const OriginalContent original{.head = "Subject: hello\r\n", .whole = std::nullopt};
    return settlement_with_notices(decision,
                                   loaded,
                                   original,
                                   queue::MessageId(some_id.value() + 4096),
                                   {retry, notification, reporter, now});
  }
};

TEST(NoticeWriter, WritesNothingWhereNothingIsOwed) {
  const Office office;

  const auto settlement = office.write(office.decide_on({greylisted(), delivered()}));

  EXPECT_TRUE(settlement.notices.empty());
  EXPECT_FALSE(settlement.delay_notice);
}

TEST(NoticeWriter, AFailureNoticeIsAMessageFromTheNullPathToTheSender_Line49And81) {
  const Office office;

  const auto settlement = office.write(office.decide_on({no_such_user(), delivered()}));

  ASSERT_EQ(settlement.notices.size(), 1U);
  const auto& notice = settlement.notices.front();
  EXPECT_EQ(notice.message.kind, MessageKind::failure_notice);
  EXPECT_EQ(notice.message.about, some_id);
  EXPECT_FALSE(notice.message.reverse_path);
  EXPECT_EQ(notice.message.chunks, 1U);
  EXPECT_EQ(notice.message.size_bytes, notice.body.front().size());
  ASSERT_EQ(notice.deliveries.size(), 1U);
  const auto& recipient = notice.deliveries.front().recipients.front().recipient;
  EXPECT_EQ(recipient.address.text(), "sender@here.example");
  EXPECT_TRUE(recipient.notify.is_given);
  EXPECT_FALSE(recipient.notify.wants_failure());
  EXPECT_EQ(notice.deliveries.front().expires, office.now + 24h);
  EXPECT_NE(notice.body.front().find("a@there.example"), std::string::npos);
  EXPECT_EQ(notice.body.front().find("b@there.example"), std::string::npos);
}

// Whoever sent it by a program has to know as well; only answers to it would begin a loop.
TEST(NoticeWriter, BulkMailThatFailsIsReportedLikeAnyOther_Line96) {
  Office office;
  office.message.is_bulk = true;

  const auto settlement = office.write(office.decide_on({no_such_user(), delivered()}));

  EXPECT_EQ(settlement.notices.size(), 1U);
}

TEST(NoticeWriter, RecipientsThatFailTogetherShareOneNotice) {
  const Office office;

  const auto settlement = office.write(office.decide_on({no_such_user(), no_such_user()}));

  ASSERT_EQ(settlement.notices.size(), 1U);
  EXPECT_NE(settlement.notices.front().body.front().find("b@there.example"), std::string::npos);
}

TEST(NoticeWriter, TheDelayNoticeHasTheOneIdAndNamesWhatFailedInEveryDelivery) {
  Office office;
  office.delivery.attempts = 2;
  auto tried = a_delivery(office.message, {"c@other.example"});
  tried.id.number = 2;
  tried.recipients[0].last = {.outcome = no_connection(), .host = "", .at = noon};
  auto untried = a_delivery(office.message, {"d@third.example"});
  untried.id.number = 3;
  office.siblings = {tried, untried};

  const auto settlement = office.write(office.decide_on({greylisted(), delivered()}));

  ASSERT_TRUE(settlement.delay_notice);
  EXPECT_EQ(settlement.delay_notice->message.id, some_id.delay_notice());
  EXPECT_EQ(settlement.delay_notice->message.kind, MessageKind::delay_notice);
  const auto& body = settlement.delay_notice->body.front();
  EXPECT_NE(body.find("a@there.example"), std::string::npos);
  EXPECT_EQ(body.find("b@there.example"), std::string::npos);
  EXPECT_NE(body.find("c@other.example"), std::string::npos);
  EXPECT_EQ(body.find("d@third.example"), std::string::npos);
}

TEST(NoticeWriter, ANoticeDemandsTheTlsOfItsMessageAndReturnsNoContent_Line154) {
  Office office;
  office.message.tls_wish = mail::TlsWish::required;
  office.message.return_content = mail::Return::full;
  office.delivery.attempts = 2;

  const auto decision = office.decide_on({no_such_user(), greylisted()});
  const auto settlement = office.write(decision);

  EXPECT_FALSE(needs_whole_original(decision, office.message, office.notification));
  ASSERT_EQ(settlement.notices.size(), 1U);
  EXPECT_EQ(settlement.notices.front().message.tls_wish, mail::TlsWish::required);
  ASSERT_TRUE(settlement.delay_notice);
  EXPECT_EQ(settlement.delay_notice->message.tls_wish, mail::TlsWish::required);
}

TEST(NoticeWriter, ANoticeAboutMailThatNeedsNoTlsIsSentAsUsual) {
  Office office;
  office.message.tls_wish = mail::TlsWish::not_required;
  office.message.return_content = mail::Return::full;

  const auto decision = office.decide_on({no_such_user(), delivered()});

  EXPECT_TRUE(needs_whole_original(decision, office.message, office.notification));
  EXPECT_EQ(office.write(decision).notices.at(0).message.tls_wish, mail::TlsWish::as_usual);
}

TEST(NoticeWriter, ANoticeThatFailsIsNotAnswered_Line28) {
  Office office;
  office.message = a_message(mail::ReversePath{});
  office.message.kind = MessageKind::failure_notice;

  const auto decision = office.decide_on({no_such_user(), no_such_user()});

  EXPECT_FALSE(needs_notice(decision, office.message, office.notification));
  EXPECT_TRUE(office.write(decision).notices.empty());
}

TEST(NoticeWriter, SwitchedOffNoticesAreNotWritten) {
  Office office;
  office.notification.failure.is_enabled = false;
  office.notification.delay.is_enabled = false;
  office.delivery.attempts = 2;

  const auto settlement = office.write(office.decide_on({no_such_user(), greylisted()}));

  EXPECT_TRUE(settlement.notices.empty());
  EXPECT_FALSE(settlement.delay_notice);
}

}  // namespace
}  // namespace greyhound::scheduler
