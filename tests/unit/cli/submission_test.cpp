#include "cli/submission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world/fake_clock.hpp"

namespace greyhound::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const Submitter ann{.user = "ann",
                    .domain = "here.example",
                    .hostname = "mail.here.example",
                    .now = world::FakeClock::noon,
                    .unique = "1.2"};

Submission made(const SendmailArguments& arguments, std::string_view input) {
  auto result = make_submission(arguments, input, ann);
  EXPECT_TRUE(result) << result.error().what;
  return result ? *std::move(result) : Submission{};
}

std::vector<std::string> recipients_of(const Submission& submission) {
  std::vector<std::string> texts;
  for (const auto& address : submission.recipients)
    texts.push_back(address.text());
  return texts;
}

SendmailArguments to(std::vector<std::string> recipients) {
  SendmailArguments arguments;
  arguments.recipients = std::move(recipients);
  return arguments;
}

SendmailArguments from_header() {
  SendmailArguments arguments;
  arguments.reads_header = true;
  return arguments;
}

TEST(Submission, GivesTextWithoutHeaderAWholeOne) {
  const auto mail = made(to({"bob"}), "hello\nworld\n");

  EXPECT_EQ(mail.content,
            "From: ann@here.example\r\n"
            "Date: Sun, 01 Mar 2026 12:00:00 +0000\r\n"
            "Message-ID: <1.2@mail.here.example>\r\n"
            "\r\n"
            "hello\r\nworld\r\n");
  EXPECT_EQ(mail::to_string(mail.sender), "<ann@here.example>");
  EXPECT_THAT(recipients_of(mail), ElementsAre("bob@here.example"));
}

TEST(Submission, AddsOnlyWhatIsMissing) {
  const std::string whole =
      "Message-Id: <x@y>\r\nFROM: Me <me@x.example>\r\nDate: today\r\nTo: "
      "b@x.example\r\n\r\nhi\r\n";

  EXPECT_EQ(made(to({"b@x.example"}), whole).content, whole);
}

TEST(Submission, TakesRecipientsFromToCcAndBccAndHidesBcc) {
  const auto mail = made(from_header(),
                         "To: Bob <b@x.example>,\n c@x.example\nCC: c@x.example\n"
                         "Bcc: d@x.example,\n\te@x.example\nSubject: x\n\nBcc: body\n");

  EXPECT_THAT(recipients_of(mail),
              ElementsAre("b@x.example", "c@x.example", "d@x.example", "e@x.example"));
  EXPECT_THAT(mail.content, Not(HasSubstr("d@x.example")));
  EXPECT_THAT(mail.content, Not(HasSubstr("e@x.example")));
  EXPECT_THAT(mail.content, HasSubstr("To: Bob <b@x.example>,\r\n c@x.example\r\n"));
  EXPECT_THAT(mail.content, HasSubstr("\r\n\r\nBcc: body\r\n"));
}

TEST(Submission, SendsAResentMessageToItsNewRecipientsOnly) {
  const auto mail = made(from_header(),
                         "Resent-To: new@x.example\nResent-Bcc: hidden@x.example\n"
                         "To: old@x.example\n\nhi\n");

  EXPECT_THAT(recipients_of(mail), ElementsAre("new@x.example", "hidden@x.example"));
  EXPECT_THAT(mail.content, Not(HasSubstr("hidden")));
}

TEST(Submission, SendsAMessageThatWasResentTwiceToTheLatestRecipientsOnly) {
  const std::string older = "Resent-From: b@x.example\nResent-To: older@x.example\n";
  const std::string original = "To: old@x.example\n\nhi\n";
  const std::string latest =
      "Resent-From: c@x.example\nResent-To: new@x.example\nResent-Cc: also@x.example\n";

  const auto beside = made(from_header(), latest + older + original);
  const auto apart = made(from_header(), latest + "Received: by x\n" + older + original);

  EXPECT_THAT(recipients_of(beside), ElementsAre("new@x.example", "also@x.example"));
  EXPECT_THAT(recipients_of(apart), ElementsAre("new@x.example", "also@x.example"));
}

TEST(Submission, SendsAResentMessageToNoneOfItsFirstRecipients) {
  const std::string nobody = "Resent-From: c@x.example\nTo: old@x.example\n\nhi\n";

  EXPECT_FALSE(make_submission(from_header(), nobody, ann));
}

TEST(Submission, SendsMailForUsersOfThisHostWhereItIsWanted) {
  auto submitter = ann;
  submitter.is_local_user = [](const std::string& name) { return name == "root"; };
  submitter.local_to = mail::Address::parse("admin@far.example");

  const auto mail =
      make_submission(to({"root", "bob", "Postmaster", "root@here.example"}), "hi\n", submitter);

  ASSERT_TRUE(mail);
  EXPECT_THAT(recipients_of(*mail),
              ElementsAre("admin@far.example", "bob@here.example", "root@here.example"));
}

TEST(Submission, SaysWhichSettingSendsMailForUsersOfThisHost) {
  auto submitter = ann;
  submitter.is_local_user = [](const std::string& name) { return name == "root"; };

  const auto mail = make_submission(to({"root"}), "hi\n", submitter);

  ASSERT_FALSE(mail);
  EXPECT_EQ(mail.error().fault, Fault::not_found);
  EXPECT_THAT(mail.error().what, HasSubstr("local.to"));
}

TEST(Submission, EndsAtALoneDotUnlessTold) {
  auto keeps_dots = to({"b"});
  keeps_dots.ignores_dots = true;

  EXPECT_THAT(made(to({"b"}), "a\n.\nb\n").content, testing::EndsWith("\r\n\r\na\r\n"));
  EXPECT_THAT(made(keeps_dots, "a\n.\nb\n").content, testing::EndsWith("\r\n\r\na\r\n.\r\nb\r\n"));
}

TEST(Submission, LeavesNoLineEndThatCouldSmuggle_Line164) {
  const auto mail = made(to({"b"}), "a\rb\r\nc\nd");

  EXPECT_THAT(mail.content, testing::EndsWith("\r\n\r\na b\r\nc\r\nd\r\n"));
}

TEST(Submission, DropsTheLinesThatOnlyMailboxesHave) {
  const auto mail = made(to({"b"}),
                         "From ann Sun Mar  1 12:00:00 2026\nReturn-Path: <x@y.example>\n"
                         "Subject: x\n\nhi\n");

  EXPECT_THAT(mail.content, Not(HasSubstr("From ann")));
  EXPECT_THAT(mail.content, Not(HasSubstr("Return-Path")));
  EXPECT_THAT(mail.content, HasSubstr("Subject: x\r\n\r\nhi\r\n"));
}

TEST(Submission, TakesTheSenderThatWasGiven) {
  auto arguments = to({"b"});
  arguments.sender = "<carl>";
  arguments.full_name = "Carl \"C\" Example";

  const auto mail = made(arguments, "hi\n");

  EXPECT_EQ(mail::to_string(mail.sender), "<carl@here.example>");
  EXPECT_THAT(mail.content, StartsWith("From: \"Carl \\\"C\\\" Example\" <carl@here.example>\r\n"));
}

TEST(Submission, TakesTheNullReversePath) {
  auto arguments = to({"b"});
  arguments.sender = "<>";

  const auto mail = made(arguments, "hi\n");

  EXPECT_EQ(mail.sender, std::nullopt);
  EXPECT_THAT(mail.content, StartsWith("From: ann@here.example\r\n"));
}

TEST(Submission, WritesANameBeyondAsciiSoThatEveryServerTakesIt) {
  auto arguments = to({"b"});
  arguments.sender =
      "<carl@b\xc3\xbc"
      "cher.example>";
  arguments.full_name = "J\xc3\xbcrgen\xff";

  const auto mail = made(arguments, "hi\n");

  EXPECT_THAT(mail.content,
              StartsWith("From: =?utf-8?Q?J=C3=BCrgen=3F?= <carl@xn--bcher-kva.example>\r\n"));
  EXPECT_FALSE(mail.has_eight_bit);
}

TEST(Submission, LetsANameAddNoHeaderField) {
  auto arguments = to({"b"});
  arguments.full_name = "x\r\nBcc: evil@x.example";

  const auto mail = made(arguments, "hi\n");

  EXPECT_THAT(mail.content, StartsWith("From: \"x  Bcc: evil@x.example\" <ann@here.example>\r\n"));
}

TEST(Submission, NoticesEightBitContent) {
  EXPECT_FALSE(made(to({"b"}), "hi\n").has_eight_bit);
  EXPECT_TRUE(made(to({"b"}), "h\xc3\xa4\n").has_eight_bit);
}

TEST(Submission, RefusesWhatCannotBeSent) {
  EXPECT_FALSE(make_submission(from_header(), "Subject: nobody\n\nhi\n", ann));
  EXPECT_FALSE(make_submission(to({"a b@x.example"}), "hi\n", ann));
  EXPECT_FALSE(make_submission(to({"a@-.example"}), "hi\n", ann));
  EXPECT_FALSE(make_submission(from_header(), "To: Ann Example\n\nhi\n", ann));
}

TEST(Submission, TakesAnEmptyMessage) {
  EXPECT_THAT(made(to({"b"}), "").content, testing::EndsWith("@mail.here.example>\r\n\r\n"));
}

}  // namespace
}  // namespace greyhound::cli
