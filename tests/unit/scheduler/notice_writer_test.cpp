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
  notify::NotificationSettings notification = plain_notification();
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
    auto next_id = some_id.value();
    const auto new_id = [&next_id] { return queue::MessageId(next_id += 4096); };
    return settlement_with_notices(
        decision, loaded, original, {retry, notification, reporter, now, new_id});
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

// RFC 3461 section 5.2.2: what nobody will report on is reported here.
TEST(NoticeWriter, WhoAskedForSuccessIsToldWhereTheNextSystemWillNot_Line60) {
  Office office;
  office.delivery.recipients[0].recipient.notify = {.is_given = true, .on_success = true};

  auto decision = office.decide_on({delivered(), delivered()});
  const auto told = office.write(decision);

  ASSERT_EQ(told.notices.size(), 1U);
  EXPECT_EQ(told.notices[0].message.kind, MessageKind::success_notice);
  const auto& body = told.notices[0].body.front();
  EXPECT_NE(body.find("Action: relayed\r\nStatus: 2.0.0\r\n"), std::string::npos);
  EXPECT_NE(body.find("a@there.example"), std::string::npos);
  EXPECT_EQ(body.find("b@there.example"), std::string::npos);

  office.notification.success.is_enabled = false;
  EXPECT_TRUE(office.write(decision).notices.empty());
}

TEST(NoticeWriter, WhoAskedForSuccessIsNotToldByUsWhereTheNextSystemWill) {
  Office office;
  office.delivery.recipients[0].recipient.notify = {.is_given = true, .on_success = true};
  auto attempt = report({delivered(), delivered()});
  attempt.reports_on = true;

  const auto decision =
      decide({office.message, office.delivery, office.retry, office.notification, office.now},
             open_recipients(office.delivery),
             attempt);

  EXPECT_TRUE(office.write(decision).notices.empty());
}

TEST(NoticeWriter, ThePostmasterGetsACopyOfTheKindsThatAreChosen) {
  Office office;
  office.notification.postmaster = "postmaster@mail.example";
  office.notification.copies.of_failures = true;
  office.delivery.attempts = 2;

  const auto settlement = office.write(office.decide_on({no_such_user(), greylisted()}));

  ASSERT_EQ(settlement.notices.size(), 1U);
  const auto& deliveries = settlement.notices[0].deliveries;
  ASSERT_EQ(deliveries.size(), 2U);
  EXPECT_EQ(deliveries[0].recipients[0].recipient.address.text(), "sender@here.example");
  EXPECT_EQ(deliveries[1].recipients[0].recipient.address.text(), "postmaster@mail.example");
  EXPECT_FALSE(deliveries[1].recipients[0].recipient.notify.wants_failure());
  ASSERT_TRUE(settlement.delay_notice);
  EXPECT_EQ(settlement.delay_notice->deliveries.size(), 1U);
}

TEST(NoticeWriter, ThePostmasterIsNotToldTwiceOfMailOfHisOwn) {
  Office office;
  office.notification.postmaster = "sender@here.example";
  office.notification.copies.of_failures = true;

  const auto settlement = office.write(office.decide_on({no_such_user(), delivered()}));

  EXPECT_EQ(settlement.notices.at(0).deliveries.size(), 1U);
}

struct BouncingOffice : Office {
  BouncingOffice() {
    message = a_message(mail::ReversePath{});
    message.kind = MessageKind::failure_notice;
    notification.postmaster = "postmaster@here.example";
    notification.copies.of_bounces = true;
  }
};

TEST(NoticeWriter, OfMailFromNobodyThatFailedThePostmasterIsToldIfHeWishes) {
  const BouncingOffice office;

  const auto decision = office.decide_on({no_such_user(), no_such_user()});
  const auto settlement = office.write(decision);

  EXPECT_TRUE(needs_notice(decision, office.message, office.notification));
  ASSERT_EQ(settlement.notices.size(), 1U);
  const auto& told = settlement.notices[0];
  EXPECT_EQ(told.message.kind, MessageKind::postmaster_notice);
  EXPECT_FALSE(told.message.reverse_path);
  EXPECT_EQ(told.deliveries.at(0).recipients.at(0).recipient.address.text(),
            "postmaster@here.example");
  EXPECT_NE(told.body.front().find("b@there.example"), std::string::npos);
  EXPECT_NE(told.body.front().find("It is kept in the queue until"), std::string::npos);
}

TEST(NoticeWriter, OfWhatThePostmasterCouldNotBeToldNobodyIsTold) {
  BouncingOffice office;
  office.message.kind = MessageKind::postmaster_notice;

  const auto decision = office.decide_on({no_such_user(), no_such_user()});

  EXPECT_FALSE(needs_notice(decision, office.message, office.notification));
  EXPECT_TRUE(office.write(decision).notices.empty());
}

TEST(NoticeWriter, ThePostmasterIsToldOnceHoweverOftenAnOperatorHasItTriedAgain) {
  BouncingOffice office;
  office.delivery = office.decide_on({no_such_user(), no_such_user()}).after;

  const auto again = office.decide_on({no_such_user(), greylisted()});

  EXPECT_TRUE(office.write(again).notices.empty());
}

TEST(NoticeWriter, TheDelayNoticeSaysWhenItIsTriedNextAndWhenSuchMailUsuallyPasses) {
  Office office;
  office.delivery.attempts = 2;
  auto decision = office.decide_on({greylisted(), delivered()});
  decision.usual_passage = 10min;

  const auto body = office.write(decision).delay_notice.value().body.front();

  EXPECT_NE(body.find("usually accepted within 10 minutes"), std::string::npos) << body;
  EXPECT_NE(body.find("Next attempt: "), std::string::npos);
  EXPECT_NE(body.find("Further attempts, about: "), std::string::npos);
}

TEST(NoticeWriter, ARuleSwitchesTheNoticesOfSomeDomainsOff) {
  Office office;
  notify::NoticeRule rule{.terms = office.notification};
  rule.domains = {"*.example"};
  rule.senders = {"*@here.example"};
  rule.terms.failure.is_enabled = false;
  office.notification.rules = {rule};
  office.delivery.attempts = 2;

  const auto decision = office.decide_on({no_such_user(), greylisted()});
  const auto settlement = office.write(decision);

  EXPECT_TRUE(settlement.notices.empty());
  EXPECT_TRUE(settlement.delay_notice);

  office.notification.rules[0].senders = {"*@elsewhere.example"};
  EXPECT_EQ(office.write(office.decide_on({no_such_user(), greylisted()})).notices.size(), 1U);
}

TEST(NoticeWriter, ARuleChoosesTheLanguage) {
  Office office;
  notify::NoticeRule rule{.terms = office.notification};
  rule.domains = {"there.example"};
  rule.terms.texts = {config::shipped_notice_texts().at("de"),
                      config::shipped_notice_texts().at("en")};
  office.notification.rules = {rule};

  const auto body =
      office.write(office.decide_on({no_such_user(), delivered()})).notices.at(0).body.front();

  EXPECT_NE(body.find("Content-Language: de, en\r\n"), std::string::npos);
  EXPECT_NE(body.find("Unzustellbar"), std::string::npos);
  EXPECT_NE(body.find("could not be delivered"), std::string::npos);
}

struct PreviewOffice : Office {
  std::optional<std::string> preview(notify::NoticeKind kind) const {
    return previewed_notice(kind,
                            {.message = message, .deliveries = {delivery}},
                            {.head = "Subject: hello\r\n", .whole = std::nullopt},
                            {retry, notification, reporter, now, nullptr});
  }
};

TEST(NoticePreview, OfADelayHasWhatWasTriedAndOfAFailureAllThatIsOpen) {
  PreviewOffice office;
  EXPECT_FALSE(office.preview(notify::NoticeKind::delay));
  office.delivery = office.decide_on({greylisted(), delivered()}).after;

  const auto delay = office.preview(notify::NoticeKind::delay).value_or("");
  const auto failure = office.preview(notify::NoticeKind::failure).value_or("");

  EXPECT_NE(delay.find("Action: delayed"), std::string::npos);
  EXPECT_NE(delay.find("Greylisted, please try again later"), std::string::npos);
  EXPECT_NE(failure.find("Action: failed\r\nStatus: 5.4.7\r\n"), std::string::npos);
  EXPECT_EQ(failure.find("b@there.example"), std::string::npos);
}

TEST(NoticePreview, OfMailWhoseSenderIsNotToldIsNone) {
  PreviewOffice office;
  office.delivery.recipients[0].recipient.notify = {.is_given = true};
  office.delivery.recipients[1].recipient.notify = {.is_given = true};
  office.delivery = office.decide_on({greylisted(), greylisted()}).after;

  EXPECT_FALSE(office.preview(notify::NoticeKind::delay));
  EXPECT_FALSE(office.preview(notify::NoticeKind::failure));
  office.message.reverse_path.reset();
  EXPECT_FALSE(office.preview(notify::NoticeKind::failure));
}

}  // namespace
}  // namespace greyhound::scheduler
