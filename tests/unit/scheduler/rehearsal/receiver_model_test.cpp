#include "scheduler/rehearsal/receiver_model.hpp"

#include <gtest/gtest.h>

#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

Greylister five_minutes() {
  return {.id = "five", .name = "Five", .window = 5min, .pending = 4h};
}

// Whether contacts at these ages get through, one letter each: r or p.
std::string met(const Greylister& greylister, const std::vector<Duration>& ages) {
  ReceiverModel model(greylister, Texts::withheld);
  std::string answers;
  for (const auto age : ages)
    answers += model.contact(noon + age).verdict == mail::Verdict::delivered ? 'p' : 'r';
  return answers;
}

TEST(ReceiverModel, RefusesUntilTheWindowIsOver) {
  EXPECT_EQ(met(five_minutes(), {0s, 299s, 300s}), "rrp");
}

TEST(ReceiverModel, ForgetsATripletThatDidNotComeBackInTime) {
  EXPECT_EQ(met(five_minutes(), {0s, 4h, 5h}), "rpp");
  EXPECT_EQ(met(five_minutes(), {0s, 4h + 1s, 4h + 300s, 4h + 301s}), "rrrp");
}

TEST(ReceiverModel, WithoutAKnownPendingTimeNeverForgets) {
  auto greylister = five_minutes();
  greylister.pending.reset();

  EXPECT_EQ(met(greylister, {0s, 1000h}), "rp");
}

TEST(ReceiverModel, MayRunThePendingTimeFromTheLatestRefusal) {
  auto greylister = five_minutes();
  greylister.window = 5h;
  EXPECT_EQ(met(greylister, {0s, 3h, 6h}), "rrr");
  greylister.is_pending_renewed = true;
  EXPECT_EQ(met(greylister, {0s, 3h, 6h}), "rrp");
}

TEST(ReceiverModel, PunishesEarlyTriesUpToACeiling) {
  auto greylister = five_minutes();
  greylister.pending.reset();
  greylister.penalty = EarlyPenalty{.each = 10min, .most = 20min};

  EXPECT_EQ(met(greylister, {0s, 4min, 14min, 19min, 20min}), "rrrrp");
}

TEST(ReceiverModel, ForgetsWhoHasPassedAfterATimeWithoutMail) {
  auto greylister = five_minutes();
  greylister.verified = 24h;

  EXPECT_EQ(met(greylister, {0s, 5min, 24h, 48h, 72h + 1s, 72h + 301s}), "rppprp");
}

// Whether the second caller passes once the first has, ten minutes after its first contact.
bool is_known_by(KeyParts key, const Caller& first, const Caller& second) {
  auto greylister = five_minutes();
  greylister.key = std::move(key);
  ReceiverModel model(greylister, Texts::withheld);
  (void)model.contact(noon, first);
  EXPECT_EQ(model.contact(noon + 10min, first).verdict, mail::Verdict::delivered);
  return model.contact(noon + 10min, second).verdict == mail::Verdict::delivered;
}

Caller caller(const std::string& source, const std::string& sender, const std::string& recipient) {
  return {.source = *IpAddress::parse(source),
          .sender = address(sender),
          .recipient = address(recipient)};
}

TEST(ReceiverModel, TellsMailApartByTheKeyOfItsKind) {
  using enum KeyPart;
  const auto it = caller("192.0.2.1", "a@d.example", "x@r.example");
  const auto other_source = caller("192.0.2.9", "a@d.example", "x@r.example");
  const auto other_network = caller("198.51.100.1", "a@d.example", "x@r.example");
  const auto other_sender = caller("192.0.2.1", "b@d.example", "x@r.example");
  const auto other_domain = caller("192.0.2.1", "a@e.example", "x@r.example");
  const auto other_recipient = caller("192.0.2.1", "a@d.example", "y@r.example");

  const KeyParts full{address, sender, recipient};
  EXPECT_TRUE(is_known_by(full, it, it));
  EXPECT_FALSE(is_known_by(full, it, other_source));
  EXPECT_FALSE(is_known_by(full, it, other_sender));
  EXPECT_FALSE(is_known_by(full, it, other_recipient));
  EXPECT_TRUE(is_known_by({network, sender, recipient}, it, other_source));
  EXPECT_FALSE(is_known_by({network, sender, recipient}, it, other_network));
  EXPECT_TRUE(is_known_by({address, sender_domain, recipient}, it, other_sender));
  EXPECT_FALSE(is_known_by({address, sender_domain, recipient}, it, other_domain));
  EXPECT_TRUE(is_known_by({address, sender_domain}, it, other_recipient));
  EXPECT_TRUE(is_known_by({address}, it, other_domain));
  EXPECT_TRUE(is_known_by({sender, recipient}, it, other_network));
  EXPECT_TRUE(is_known_by({network},
                          caller("2001:db8::1", "a@d.example", "x@r.example"),
                          caller("2001:db8::9", "a@d.example", "x@r.example")));
  EXPECT_FALSE(is_known_by({network},
                           caller("2001:db8::1", "a@d.example", "x@r.example"),
                           caller("2001:db8:0:1::1", "a@d.example", "x@r.example")));
}

TEST(ReceiverModel, SparesWhoHasPassedOftenEnough) {
  auto greylister = five_minutes();
  greylister.trust = Trust{.passes = 2, .parts = {KeyPart::address}};
  ReceiverModel model(greylister, Texts::withheld);
  std::string answers;
  for (int i = 0; i < 3; ++i) {
    const auto next = caller("192.0.2.1", "a@d.example", "x" + std::to_string(i) + "@r.example");
    for (const auto age : {0min, 5min}) {
      const auto outcome = model.contact(noon + i * 1h + age, next);
      answers += outcome.verdict == mail::Verdict::delivered ? 'p' : 'r';
    }
  }
  EXPECT_EQ(answers, "rprppp");

  const auto stranger = caller("192.0.2.2", "a@d.example", "x@r.example");
  EXPECT_EQ(model.contact(noon + 4h, stranger).verdict, mail::Verdict::deferred);
}

TEST(ReceiverModel, HostsThatShareNothingAreStrangersToEachOther) {
  auto greylister = five_minutes();
  const auto met_in_turn = [&greylister] {
    ReceiverModel model(greylister, Texts::withheld);
    std::string answers;
    for (const auto* host : {"mx1", "mx2", "mx1", "mx2"}) {
      Caller next;
      next.host = host;
      const auto at = noon + static_cast<int>(answers.size()) * 4min;
      answers += model.contact(at, next).verdict == mail::Verdict::delivered ? 'p' : 'r';
    }
    return answers;
  };

  greylister.is_shared_across_mx = true;
  EXPECT_EQ(met_in_turn(), "rrpp");
  greylister.is_shared_across_mx = false;
  EXPECT_EQ(met_in_turn(), "rrpp") << "8 minutes at each";
  greylister.window = 9min;
  EXPECT_EQ(met_in_turn(), "rrrr");
  greylister.is_shared_across_mx = true;
  EXPECT_EQ(met_in_turn(), "rrrp");
}

TEST(ReceiverModel, MayWantAThirdContact) {
  auto greylister = five_minutes();
  greylister.third_contact = 60s;

  EXPECT_EQ(met(greylister, {0s, 5min, 5min + 59s, 6min}), "rrrp");
  EXPECT_EQ(ReceiverModel::earliest_pass(greylister), 6min);
}

TEST(ReceiverModel, AnswersAsCatalogued) {
  auto greylister = five_minutes();
  greylister.texts = {"450 4.7.1 come back in 00:04:59, please"};
  ReceiverModel model(greylister, Texts::as_catalogued);

  EXPECT_EQ(model.contact(noon).to_string(), "450 4.7.1 come back in 00:05:00, please");
  EXPECT_EQ(model.contact(noon + 100s).to_string(), "450 4.7.1 come back in 00:03:20, please");
}

TEST(ReceiverModel, TellsNothingWhereTextsAreWithheldOrNotKnown) {
  auto greylister = five_minutes();
  ReceiverModel unknown(greylister, Texts::as_catalogued);
  EXPECT_EQ(unknown.contact(noon).to_string(), "451 4.7.1 Try again later");

  greylister.texts = {"450 Greylisted for 300 seconds"};
  ReceiverModel withheld(greylister, Texts::withheld);
  EXPECT_EQ(withheld.contact(noon).to_string(), "451 4.7.1 Try again later");
}

}  // namespace
}  // namespace greyhound::scheduler
