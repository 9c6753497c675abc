#include "mail/classification.hpp"

#include <gtest/gtest.h>

#include "config/replies_json.hpp"
#include "mail/reply.hpp"

namespace greyhound::mail {
namespace {

const ReplyRules& rules() {
  return *config::shipped_reply_rules();
}

Outcome replied(Stage stage, int code, const std::string& text) {
  auto reply = make_reply(code, {text});
  const auto verdict = reply.is_transient() ? Verdict::deferred : Verdict::refused;
  const auto status = reply.status.value_or(
      EnhancedStatus(static_cast<EnhancedStatus::Class>(reply.first_digit()), 0, 0));
  return {verdict, stage, status, std::move(reply), ""};
}

Outcome unanswered(Verdict verdict, Stage stage, std::uint16_t subject, std::uint16_t detail) {
  const auto status_class = verdict == Verdict::refused ? EnhancedStatus::Class::permanent
                                                        : EnhancedStatus::Class::transient;
  return {verdict, stage, {status_class, subject, detail}, std::nullopt, "mx: why"};
}

struct Sample {
  Stage stage;
  int code;
  std::string text;
  ReplyClass reply_class;
  bool may_be_greylisting;
};

TEST(Classification, ReadsTheReasonThatAServerStates) {
  const std::vector<Sample> samples{
      {Stage::rcpt, 451, "4.7.1 Greylisted, try again later", ReplyClass::greylist, true},
      {Stage::rcpt,
       450,
       "4.2.0 Recipient address rejected: Greylisted",
       ReplyClass::greylist,
       true},
      {Stage::eom, 451, "This server employs greylisting", ReplyClass::greylist, true},
      {Stage::rcpt, 450, "4.7.1 Policy rejection, retry soon", ReplyClass::greylist, true},
      {Stage::rcpt, 450, "Destinatario inesistente", ReplyClass::unknown, true},
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
      {Stage::eom, 451, "Virus scanner not reachable", ReplyClass::server_busy, false},
  };

  for (const auto& sample : samples) {
    const auto found = classify(replied(sample.stage, sample.code, sample.text), rules());
    EXPECT_EQ(found.reply_class, sample.reply_class) << sample.text;
    EXPECT_EQ(found.may_be_greylisting, sample.may_be_greylisting) << sample.text;
  }
}

struct Said {
  ReplyClass reply_class;
  Stage stage;
  int code;
  std::string text;
};

void expect_classes(const std::vector<Said>& replies) {
  for (const auto& [reply_class, stage, code, text] : replies) {
    const auto found = classify(replied(stage, code, text), rules());
    EXPECT_EQ(to_string(found.reply_class), to_string(reply_class))
        << text << " by " << (found.rule == nullptr ? "no rule" : found.rule->name);
  }
}

TEST(Classification, TellsAGreylisterThatIsOutOfOrderFromOneThatWorks) {
  const auto busy = ReplyClass::server_busy;
  const auto greylist = ReplyClass::greylist;
  expect_classes({
      {busy, Stage::rcpt, 451, "4.3.0 postgrey: cannot lock its table, database is corrupt"},
      {busy, Stage::rcpt, 451, "4.3.0 greylist database unreachable; try later"},
      {busy, Stage::mail, 452, "4.3.1 Not enough disk space at postgrey2.example.net"},
      {busy,
       Stage::eom,
       451,
       "4.7.1 The anti-spam engine does not work: not responding, try later"},
      {greylist, Stage::rcpt, 450, "4.2.0 See http://postgrey.example.net/help.html"},
      {greylist, Stage::rcpt, 450, "4.7.1 As an anti-spam measure mail has to be sent again later"},
      {greylist, Stage::rcpt, 451, "4.7.1 Wir nehmen Ihre Mail erst beim zweiten Versuch an"},
      {greylist, Stage::rcpt, 451, "4.7.1 Se aceptará en el segundo intento"},
  });
}

TEST(Classification, TellsASystemWithoutRoomFromAMailboxWithoutRoom) {
  const auto busy = ReplyClass::server_busy;
  const auto full = ReplyClass::mailbox_full;
  expect_classes({
      {busy, Stage::mail, 452, "4.3.1 Insufficient system resources (UsedMemory, UsedDiskQueue)"},
      {busy, Stage::rcpt, 451, "4.3.2 The mail store is being restored, come back later"},
      {busy, Stage::rcpt, 451, "Resource limitation, retry later"},
      {full, Stage::rcpt, 452, "4.2.2 Speicherplatz: die Kapazität im Postfach ist erreicht"},
      {full, Stage::rcpt, 452, "4.2.2 La bandeja ha alcanzado su límite"},
      {full, Stage::rcpt, 552, "Too much mail data for this customer"},
      {full, Stage::rcpt, 450, "The subscriber's disk allotment is exhausted"},
  });
}

TEST(Classification, BelievesTheTextWhereItsCodeMeansSomethingElseElsewhere) {
  expect_classes({
      {ReplyClass::dns_or_auth, Stage::eom, 421, "4.7.30 Rate limited: DKIM did not pass"},
      {ReplyClass::tls, Stage::eom, 421, "4.7.29 Rate limited: this was not sent over TLS"},
      {ReplyClass::tls, Stage::mail, 530, "5.7.0 Verbindung muss verschlüsselt sein"},
      {ReplyClass::rate_limit,
       Stage::mail,
       421,
       "4.7.28 Unusual rate of mail from your SPF domain"},
      {ReplyClass::rate_limit, Stage::mail, 451, "Höchstbeschränkung für Kunden überschritten"},
      {ReplyClass::connection, Stage::rcpt, 450, "4.4.318 The connection was closed abruptly"},
  });
}

TEST(Classification, TellsWhatIsRefusedForItsContentFromWhoIsRefused) {
  expect_classes({
      {ReplyClass::content, Stage::eom, 554, "5.7.1 Message blocked due to spam in its text"},
      {ReplyClass::policy, Stage::connect, 554, "5.7.1 Your host is blocked due to spam"},
      {ReplyClass::policy, Stage::connect, 421, "This address is filtered; register your server"},
      {ReplyClass::policy, Stage::mail, 421, "Mail from (192.0.2.9) temporarily deferred"},
      {ReplyClass::policy, Stage::mail, 553, "Your sender is in our badmailfrom list"},
  });
}

TEST(Classification, ReadsNothingIntoAnErrorWithoutAReason) {
  expect_classes({
      {ReplyClass::unknown, Stage::rcpt, 451, "4.0.0 An error occurred"},
      {ReplyClass::unknown, Stage::rcpt, 450, "No such user; try later"},
      {ReplyClass::unknown, Stage::mail, 501, "Syntax error"},
  });
}

TEST(Classification, SuspectsGreylistingBehindAnUnexplainedDeferral) {
  for (const auto stage : {Stage::mail, Stage::rcpt, Stage::data, Stage::eom}) {
    for (const auto* text : {"4.7.1 Try again later", "4.7.1 no", "4.3.0 Try again later"}) {
      const auto found = classify(replied(stage, 451, text), rules());
      EXPECT_TRUE(found.may_be_greylisting) << to_string(stage) << text;
      EXPECT_TRUE(found.rule->suspects) << to_string(stage) << text;
    }
  }
}

TEST(Classification, SuspectsNothingBeforeThereIsMail) {
  for (const auto stage : {Stage::greeting, Stage::ehlo}) {
    const auto found = classify(replied(stage, 451, "4.7.1 Try again later"), rules());
    EXPECT_EQ(found.reply_class, ReplyClass::server_busy);
    EXPECT_FALSE(found.may_be_greylisting);
  }
}

TEST(Classification, NamesWhatFailedWhereNoServerAnswered) {
  const auto deferred = Verdict::deferred;
  EXPECT_EQ(classify(unanswered(deferred, Stage::connect, 4, 1), rules()),
            (Classification{ReplyClass::connection, false, Blame::session}));
  EXPECT_EQ(classify(unanswered(Verdict::unknown, Stage::eom, 4, 2), rules()),
            (Classification{ReplyClass::connection, false, Blame::session}));
  EXPECT_EQ(classify(unanswered(deferred, Stage::dns, 4, 3), rules()),
            (Classification{ReplyClass::dns_or_auth, false, Blame::site}));
  EXPECT_EQ(classify(unanswered(deferred, Stage::tls, 7, 5), rules()),
            (Classification{ReplyClass::tls, false, Blame::session}));
  EXPECT_EQ(classify(unanswered(deferred, Stage::auth, 7, 8), rules()),
            (Classification{ReplyClass::dns_or_auth, false, Blame::ourselves}));
  EXPECT_EQ(classify(unanswered(deferred, Stage::auth, 4, 2), rules()),
            (Classification{ReplyClass::connection, false, Blame::session}));
  EXPECT_EQ(classify(unanswered(Verdict::refused, Stage::mail, 3, 4), rules()),
            (Classification{ReplyClass::content, false, Blame::message}));
}

TEST(Classification, APermanentReplyStaysPermanentWhateverItSays) {
  const auto greylisted =
      classify(replied(Stage::rcpt, 550, "5.7.1 Greylisted, try again later"), rules());
  const auto trapped =
      classify(replied(Stage::rcpt, 550, "5.7.1 Greylisting in effect, sending server blacklisted"),
               rules());

  EXPECT_EQ(greylisted.reply_class, ReplyClass::greylist);
  EXPECT_FALSE(greylisted.may_be_greylisting);
  EXPECT_EQ(trapped.reply_class, ReplyClass::policy);
  EXPECT_FALSE(trapped.may_be_greylisting);
}

struct Guilty {
  Stage stage;
  int code;
  std::string text;
  Blame blame;
};

TEST(Classification, BlamesWhoHasToChange) {
  const std::vector<Guilty> samples{
      {Stage::greeting, 554, "no service here", Blame::session},
      {Stage::greeting, 554, "your address is on a blocklist", Blame::ourselves},
      {Stage::ehlo, 501, "bad name", Blame::session},
      {Stage::mail, 421, "closing", Blame::session},
      {Stage::mail, 550, "sender unknown", Blame::message},
      {Stage::mail, 450, "4.1.8 Sender address rejected: Domain not found", Blame::ourselves},
      {Stage::mail, 530, "5.7.0 Must issue STARTTLS or AUTH", Blame::ourselves},
      {Stage::mail, 552, "5.3.4 message too big", Blame::message},
      {Stage::mail, 452, "4.3.1 no space", Blame::session},
      {Stage::rcpt, 550, "5.1.1 unknown user", Blame::recipient},
      {Stage::rcpt, 550, "unknown user", Blame::recipient},
      {Stage::rcpt, 553, "5.1.7 bad sender", Blame::message},
      {Stage::rcpt, 452, "4.2.2 mailbox full", Blame::recipient},
      {Stage::rcpt, 452, "4.5.3 too many recipients", Blame::message},
      {Stage::rcpt, 451, "4.7.1 Greylisted", Blame::recipient},
      {Stage::rcpt, 421, "4.3.2 shutting down", Blame::session},
      {Stage::rcpt, 450, "4.7.1 Throttled", Blame::ourselves},
      {Stage::rcpt, 550, "5.7.1 blocked using a dnsbl", Blame::ourselves},
      {Stage::data, 503, "5.5.1 no recipients", Blame::session},
      {Stage::data, 554, "no", Blame::message},
      {Stage::eom, 550, "5.6.0 broken header", Blame::message},
      {Stage::eom, 554, "5.7.1 contains a virus", Blame::message},
      {Stage::eom, 451, "4.3.0 queue file", Blame::session},
  };

  for (const auto& sample : samples) {
    const auto found = classify(replied(sample.stage, sample.code, sample.text), rules());
    EXPECT_EQ(to_string(found.blame), to_string(sample.blame))
        << to_string(sample.stage) << " " << sample.code << " " << sample.text;
  }
}

TEST(Classification, BlamesNobodyForMailThatWasTaken) {
  auto taken = replied(Stage::eom, 250, "2.0.0 ok");
  taken.verdict = Verdict::delivered;

  EXPECT_EQ(classify(taken, rules()), Classification{});
}

}  // namespace
}  // namespace greyhound::mail
