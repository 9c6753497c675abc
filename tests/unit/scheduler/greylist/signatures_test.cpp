#include "scheduler/greylist/signatures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/greylisters_json.hpp"
#include "scheduler/greylist/greylist_reply.hpp"
#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

using mail::Stage;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

Signatures::Match match(Stage stage, int code, const std::string& text) {
  const auto reply = mail::make_reply(code, {text});
  const mail::ReplyWords words(reply.lines);
  return config::shipped_catalogue()->signatures().find(
      {.code = reply.code, .status = reply.status, .stage = stage, .words = words});
}

// The ids of those whose reply it may be, by the shipped catalogue.
std::vector<std::string> whose(Stage stage, int code, const std::string& text) {
  std::vector<std::string> ids;
  for (const auto position : match(stage, code, text).greylisters)
    ids.push_back(config::shipped_catalogue()->greylisters()[position].id);
  return ids;
}

TEST(Signatures, TellAnImplementationByItsText) {
  EXPECT_THAT(whose(Stage::rcpt,
                    451,
                    "4.7.1 <a@b.example>: Recipient address rejected: Intentional policy "
                    "rejection, please try again later"),
              ElementsAre("iredapd"));
  EXPECT_THAT(whose(Stage::rcpt, 452, "4.2.2 Greylisted, please try again in a few moments."),
              ElementsAre("stalwart"));
  EXPECT_THAT(whose(Stage::data, 451, "Temporary failure, please try again later."),
              ElementsAre("openbsd_spamd"));
}

TEST(Signatures, TakeAnyAddressNumberNameOrDate) {
  EXPECT_THAT(whose(Stage::rcpt,
                    450,
                    "4.2.0 <x.y@other.example>: Recipient address rejected: Greylisted, see "
                    "http://postgrey.schweikert.ch/help/other.example.html"),
              ElementsAre("postgrey", "postgrey_mailinabox"));
  EXPECT_THAT(whose(Stage::rcpt,
                    450,
                    "4.2.0 <a@b.example>: Recipient address rejected: Greylisted for 17 seconds"),
              ElementsAre("postgrey"));
  EXPECT_THAT(whose(Stage::eom, 451, "4.7.1 Greylisting in action, please come back in 01:12:13"),
              ElementsAre("milter-greylist"));
  EXPECT_THAT(whose(Stage::rcpt,
                    451,
                    "198.51.100.7 is not yet authorized to deliver mail from <me@here.example> to "
                    "<you@there.example>. Please try later."),
              ElementsAre("greylistd"));
  EXPECT_THAT(whose(Stage::rcpt,
                    451,
                    "Internal resource is temporarily unavailable - "
                    "https://community.example/docs/1#451 [XjQ3abc_-.uk7]"),
              ElementsAre("mimecast"));
  EXPECT_THAT(whose(Stage::eom, 451, "4.7.1 Try again later: Mon, 23 Nov 2026 09:00:01 GMT"),
              UnorderedElementsAre("rspamd_greylist", "mailu"));
}

TEST(Signatures, TellByCodeAndStepWhatTheTextLeavesOpen) {
  EXPECT_THAT(whose(Stage::rcpt, 451, "4.3.2 Please try again later"), ElementsAre("fortimail"));
  EXPECT_THAT(whose(Stage::rcpt, 451, "Please try again later."), ElementsAre("hmailserver"));
  EXPECT_THAT(whose(Stage::rcpt, 451, "4.3.0 Try again later"), ElementsAre("mimedefang"));
}

TEST(Signatures, AreSeveralWhereNothingTellsThemApart) {
  EXPECT_THAT(whose(Stage::eom, 451, "4.7.1 Try again later"),
              UnorderedElementsAre("rspamd_greylist", "mailu"));
}

TEST(Signatures, AreNoneForWordsThatAnybodySaysAtAnotherStepOrWithAnotherCode) {
  EXPECT_THAT(whose(Stage::rcpt, 451, "4.7.1 Try again later"), IsEmpty());
  EXPECT_THAT(whose(Stage::rcpt, 450, "4.7.0 Please try again later"), IsEmpty());
}

TEST(Signatures, AreSharedWhereManyServersUseNoOtherWords) {
  EXPECT_TRUE(match(Stage::rcpt, 451, "Please try again later.").is_shared);
  EXPECT_TRUE(match(Stage::eom, 451, "4.7.1 Try again later").is_shared);
  EXPECT_FALSE(match(Stage::data, 451, "Temporary failure, please try again later.").is_shared);
  EXPECT_FALSE(match(Stage::mail, 450, "This mail is temporarily denied").is_shared);
  EXPECT_FALSE(match(Stage::rcpt, 450, "4.2.0 Greylisted for 300 seconds").is_shared);
  EXPECT_FALSE(match(Stage::rcpt,
                     451,
                     "4.7.1 <a@b.example>: Recipient address rejected: Intentional policy "
                     "rejection, please try again later")
                   .is_shared);
}

TEST(Signatures, AreNoneForWordsThatNobodyIsKnownBy) {
  EXPECT_THAT(whose(Stage::rcpt, 451, "4.7.1 Come again tomorrow"), IsEmpty());
  EXPECT_THAT(whose(Stage::rcpt, 451, ""), IsEmpty());
}

TEST(Signatures, EveryTextOfTheCatalogueIsThatOfItsGreylister) {
  const auto& catalogue = *config::shipped_catalogue();
  for (const auto& one : catalogue.greylisters()) {
    for (const auto& text : one.texts) {
      const bool has_code = text[0] == '4' && text[1] != '.';
      const auto ids = whose(one.stage.value_or(Stage::rcpt),
                             has_code ? std::stoi(text.substr(0, 3)) : one.code,
                             has_code ? text.substr(4) : text);
      if (text[0] == '5' || text.find("\\n") != text.npos) continue;
      EXPECT_THAT(ids, testing::Contains(one.id)) << text;
    }
  }
}

TEST(GreylistReply, TellsTheWaitAndTheGreylister) {
  const auto& catalogue = *config::shipped_catalogue();
  const auto outcome = replied(Stage::rcpt, 450, {"4.7.1 Greylisted for 5 minutes"});

  const auto read =
      read_greylist_reply(outcome, mail::ReplyWords(outcome.reply->lines), catalogue, noon);

  EXPECT_EQ(read.stated, Duration(5min));
  ASSERT_EQ(read.signature.size(), 1U);
  EXPECT_EQ(read.signature.front()->id, "sqlgrey");
}

TEST(GreylistReply, TellsNothingWhereNobodyAnswered) {
  const mail::Outcome cut{.verdict = mail::Verdict::deferred,
                          .stage = Stage::rcpt,
                          .status = {mail::EnhancedStatus::Class::transient, 4, 2},
                          .reply = {},
                          .reason = "cut, try again in 5 minutes"};

  const auto read =
      read_greylist_reply(cut, mail::ReplyWords(), *config::shipped_catalogue(), noon);

  EXPECT_FALSE(read.stated);
  EXPECT_THAT(read.signature, IsEmpty());
}

}  // namespace
}  // namespace greyhound::scheduler
