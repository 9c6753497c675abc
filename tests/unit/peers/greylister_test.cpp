#include "peers/greylister.hpp"

#include <filesystem>
#include <fstream>
#include <memory>

#include <gtest/gtest.h>

namespace greyhound::peers {
namespace {

using namespace std::chrono_literals;

const Instant noon{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + 12h};

IpAddress ip(std::string_view text) {
  return *IpAddress::parse(text);
}
mail::Address mailbox(std::string_view text) {
  return *mail::Address::parse(text);
}

Triplet a_triplet() {
  return {.client = ip("192.0.2.7"),
          .sender = mailbox("ann@sender.example"),
          .recipient = mailbox("bob@receiver.example")};
}

GreylisterOptions ten_seconds() {
  GreylisterOptions options;
  options.timers = {.initial_denial = 10s, .unverified_expiry = 60s, .verified_expiry = 600s};
  return options;
}

Greylister a_greylister(GreylisterOptions options = ten_seconds()) {
  return {std::move(options), std::make_shared<GreylistDatabase>()};
}

TEST(Greylister, RefusesAFirstContactAndSaysHowLongTheDenialRuns) {
  auto greylister = a_greylister();

  const auto opinion = greylister.judge(a_triplet(), noon);

  EXPECT_EQ(opinion.judgement, Judgement::first_contact);
  EXPECT_EQ(opinion.remaining, 10s);
  EXPECT_FALSE(opinion.is_acceptance());
}

TEST(Greylister, RefusesOneSecondBeforeTheDenialEnds) {
  auto greylister = a_greylister();
  greylister.judge(a_triplet(), noon);

  const auto opinion = greylister.judge(a_triplet(), noon + 9s);

  EXPECT_EQ(opinion.judgement, Judgement::too_early);
  EXPECT_EQ(opinion.remaining, 1s);
}

TEST(Greylister, AcceptsAtTheVeryEndOfTheDenial) {
  auto greylister = a_greylister();
  greylister.judge(a_triplet(), noon);

  EXPECT_EQ(greylister.judge(a_triplet(), noon + 10s).judgement, Judgement::passed);
}

TEST(Greylister, AcceptsOneSecondAfterTheDenial) {
  auto greylister = a_greylister();
  greylister.judge(a_triplet(), noon);

  EXPECT_EQ(greylister.judge(a_triplet(), noon + 11s).judgement, Judgement::passed);
}

TEST(Greylister, CountsTheDenialFromTheFirstRefusalWhateverComesBetween) {
  auto greylister = a_greylister();
  greylister.judge(a_triplet(), noon);
  greylister.judge(a_triplet(), noon + 5s);
  greylister.judge(a_triplet(), noon + 9s);

  EXPECT_EQ(greylister.judge(a_triplet(), noon + 10s).judgement, Judgement::passed);
}

TEST(Greylister, StillKnowsAnUnverifiedTripletOneSecondBeforeItsExpiry) {
  auto greylister = a_greylister();
  greylister.judge(a_triplet(), noon);

  EXPECT_EQ(greylister.judge(a_triplet(), noon + 59s).judgement, Judgement::passed);
}

TEST(Greylister, HasForgottenAnUnverifiedTripletAtItsExpiry) {
  auto greylister = a_greylister();
  greylister.judge(a_triplet(), noon);

  EXPECT_EQ(greylister.judge(a_triplet(), noon + 60s).judgement, Judgement::first_contact);
}

TEST(Greylister, BeginsANewDenialAfterAnUnverifiedTripletExpired) {
  auto greylister = a_greylister();
  greylister.judge(a_triplet(), noon);
  greylister.judge(a_triplet(), noon + 61s);

  EXPECT_EQ(greylister.judge(a_triplet(), noon + 70s).judgement, Judgement::too_early);
  EXPECT_EQ(greylister.judge(a_triplet(), noon + 71s).judgement, Judgement::passed);
}

TEST(Greylister, AcceptsAVerifiedTripletOneSecondBeforeItsExpiry) {
  auto greylister = a_greylister();
  greylister.judge(a_triplet(), noon);
  greylister.judge(a_triplet(), noon + 10s);

  EXPECT_EQ(greylister.judge(a_triplet(), noon + 10s + 599s).judgement, Judgement::verified);
}

TEST(Greylister, HasForgottenAVerifiedTripletAtItsExpiry) {
  auto greylister = a_greylister();
  greylister.judge(a_triplet(), noon);
  greylister.judge(a_triplet(), noon + 10s);

  EXPECT_EQ(greylister.judge(a_triplet(), noon + 610s).judgement, Judgement::first_contact);
}

TEST(Greylister, RefusesAVerifiedTripletOneSecondAfterItsExpiry) {
  auto greylister = a_greylister();
  greylister.judge(a_triplet(), noon);
  greylister.judge(a_triplet(), noon + 10s);

  EXPECT_EQ(greylister.judge(a_triplet(), noon + 611s).judgement, Judgement::first_contact);
}

TEST(Greylister, StartsTheVerifiedTimeAnewWithEveryUse) {
  auto greylister = a_greylister();
  greylister.judge(a_triplet(), noon);
  greylister.judge(a_triplet(), noon + 10s);
  greylister.judge(a_triplet(), noon + 500s);

  EXPECT_EQ(greylister.judge(a_triplet(), noon + 1000s).judgement, Judgement::verified);
}

TEST(Greylister, AcceptsAtOnceWithoutADenial) {
  auto options = ten_seconds();
  options.timers.initial_denial = 0s;
  auto greylister = a_greylister(options);

  EXPECT_EQ(greylister.judge(a_triplet(), noon).judgement, Judgement::passed);
}

TEST(Greylister, TellsTripletsApartByClientSenderAndRecipient) {
  auto greylister = a_greylister();
  greylister.judge(a_triplet(), noon);
  auto other_client = a_triplet();
  auto other_sender = a_triplet();
  auto other_recipient = a_triplet();
  other_client.client = ip("192.0.2.8");
  other_sender.sender = mailbox("eve@sender.example");
  other_recipient.recipient = mailbox("eve@receiver.example");

  EXPECT_EQ(greylister.judge(other_client, noon + 10s).judgement, Judgement::first_contact);
  EXPECT_EQ(greylister.judge(other_sender, noon + 10s).judgement, Judgement::first_contact);
  EXPECT_EQ(greylister.judge(other_recipient, noon + 10s).judgement, Judgement::first_contact);
}

TEST(Greylister, DoesNotTellMailboxesApartByCase) {
  auto greylister = a_greylister();
  greylister.judge(a_triplet(), noon);
  auto louder = a_triplet();
  louder.sender = mailbox("ANN@Sender.Example");
  louder.recipient = mailbox("Bob@RECEIVER.example");

  EXPECT_EQ(greylister.judge(louder, noon + 10s).judgement, Judgement::passed);
}

TEST(Greylister, KnowsAnotherSenderOfTheDomainWhereOnlyTheDomainCounts) {
  auto options = ten_seconds();
  options.sender_key = SenderKey::domain;
  auto greylister = a_greylister(options);
  greylister.judge(a_triplet(), noon);
  auto colleague = a_triplet();
  auto stranger = a_triplet();
  colleague.sender = mailbox("eve@sender.example");
  stranger.sender = mailbox("ann@elsewhere.example");

  EXPECT_EQ(greylister.judge(colleague, noon + 10s).judgement, Judgement::passed);
  EXPECT_EQ(greylister.judge(stranger, noon + 10s).judgement, Judgement::first_contact);
}

TEST(Greylister, TreatsTheNullSenderAsOneSender) {
  auto greylister = a_greylister();
  auto notice = a_triplet();
  notice.sender = std::nullopt;
  greylister.judge(notice, noon);

  EXPECT_EQ(greylister.judge(notice, noon + 10s).judgement, Judgement::passed);
}

TEST(Greylister, KnowsANeighbourOfTheNetworkWhereOnlyTheNetworkCounts) {
  auto options = ten_seconds();
  options.client_key = ClientKey::network;
  auto greylister = a_greylister(options);
  greylister.judge(a_triplet(), noon);
  auto neighbour = a_triplet();
  auto stranger = a_triplet();
  neighbour.client = ip("192.0.2.200");
  stranger.client = ip("192.0.3.7");

  EXPECT_EQ(greylister.judge(neighbour, noon + 10s).judgement, Judgement::passed);
  EXPECT_EQ(greylister.judge(stranger, noon + 10s).judgement, Judgement::first_contact);
}

TEST(Greylister, TakesTheFirstSixtyFourBitsAsTheNetworkOfIpv6) {
  auto options = ten_seconds();
  options.client_key = ClientKey::network;
  auto greylister = a_greylister(options);
  auto first = a_triplet();
  auto neighbour = a_triplet();
  auto stranger = a_triplet();
  first.client = ip("2001:db8:1:2::7");
  neighbour.client = ip("2001:db8:1:2:ffff::1");
  stranger.client = ip("2001:db8:1:3::7");
  greylister.judge(first, noon);

  EXPECT_EQ(greylister.judge(neighbour, noon + 10s).judgement, Judgement::passed);
  EXPECT_EQ(greylister.judge(stranger, noon + 10s).judgement, Judgement::first_contact);
}

TEST(Greylister, NeverDelaysAnAllowListedClientSenderOrDomain) {
  auto options = ten_seconds();
  options.allow.clients = {*IpNetwork::parse("198.51.100.0/24")};
  options.allow.senders = {"boss@*.example"};
  options.allow.sender_domains = {"partner.example"};
  auto greylister = a_greylister(options);
  auto by_client = a_triplet();
  auto by_sender = a_triplet();
  auto by_domain = a_triplet();
  by_client.client = ip("198.51.100.77");
  by_sender.sender = mailbox("boss@sender.example");
  by_domain.sender = mailbox("anyone@partner.example");

  EXPECT_EQ(greylister.judge(by_client, noon).judgement, Judgement::allow_listed);
  EXPECT_EQ(greylister.judge(by_sender, noon).judgement, Judgement::allow_listed);
  EXPECT_EQ(greylister.judge(by_domain, noon).judgement, Judgement::allow_listed);
  EXPECT_EQ(greylister.judge(a_triplet(), noon).judgement, Judgement::first_contact);
}

TEST(Greylister, SharesWhatItKnowsWithOthersOnTheSameDatabase) {
  const auto database = std::make_shared<GreylistDatabase>();
  Greylister first(ten_seconds(), database);
  Greylister second(ten_seconds(), database);
  Greylister alone = a_greylister();
  first.judge(a_triplet(), noon);

  EXPECT_EQ(second.judge(a_triplet(), noon + 10s).judgement, Judgement::passed);
  EXPECT_EQ(first.judge(a_triplet(), noon + 11s).judgement, Judgement::verified);
  EXPECT_EQ(alone.judge(a_triplet(), noon + 10s).judgement, Judgement::first_contact);
}

class GreylistFile : public testing::Test {
 protected:
  GreylistFile() {
    std::string name = (std::filesystem::temp_directory_path() / "greylist-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~GreylistFile() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::filesystem::path file() const { return folder_ / "triplets.json"; }

 private:
  std::filesystem::path folder_;
};

TEST_F(GreylistFile, CarriesTripletsFromOneDatabaseToAnother) {
  Greylister first(ten_seconds(), std::make_shared<GreylistDatabase>(file()));
  Greylister second(ten_seconds(), std::make_shared<GreylistDatabase>(file()));
  first.judge(a_triplet(), noon);
  auto other = a_triplet();
  other.recipient = mailbox("eve@receiver.example");
  second.judge(other, noon + 1s);

  EXPECT_EQ(second.judge(a_triplet(), noon + 9s).judgement, Judgement::too_early);
  EXPECT_EQ(second.judge(a_triplet(), noon + 10s).judgement, Judgement::passed);
  EXPECT_EQ(first.judge(a_triplet(), noon + 11s).judgement, Judgement::verified);
  EXPECT_EQ(first.judge(other, noon + 11s).judgement, Judgement::passed);
  EXPECT_EQ(GreylistDatabase(file()).size(), 2U);
}

TEST_F(GreylistFile, LetsMailWaitWhenItCannotBeRead) {
  std::ofstream(file()) << "{ not json";
  Greylister greylister(ten_seconds(), std::make_shared<GreylistDatabase>(file()));

  const auto opinion = greylister.judge(a_triplet(), noon);

  EXPECT_EQ(opinion.judgement, Judgement::no_database);
  EXPECT_FALSE(opinion.is_acceptance());
}

TEST(GreylistDatabase, DropsWhatWouldBeForgottenFirstWhenItIsFull) {
  GreylistDatabase database;
  const auto timers = ten_seconds().timers;
  for (std::size_t i = 0; i <= GreylistDatabase::most_triplets; ++i) {
    ASSERT_TRUE(database.meet(std::to_string(i), timers, noon + Duration(i)).has_value());
  }

  const auto oldest = database.meet("0", timers, noon + 10s);
  const auto newest = database.meet("100000", timers, noon + 11s);

  EXPECT_EQ(database.size(), GreylistDatabase::most_triplets);
  EXPECT_EQ(oldest->standing, Standing::first_contact);
  EXPECT_EQ(newest->standing, Standing::passed);
}

TEST(GreylistTimers, MustEachBeLongerThanTheOneBefore) {
  EXPECT_TRUE(problems_of({}).empty());
  EXPECT_EQ(problems_of({.initial_denial = 5s, .unverified_expiry = 5s, .verified_expiry = 5s}),
            (std::vector<std::string>{
                "unverified expiry is 5s, must be longer than the initial denial (5s)",
                "verified expiry is 5s, must be longer than the unverified expiry (5s)"}));
}

ReplyVariables some_variables() {
  return {.client = "192.0.2.7",
          .helo = "mail.sender.example",
          .sender = mailbox("ann@sender.example"),
          .recipient = mailbox("bob@receiver.example"),
          .remaining = 61500ms};
}

TEST(ReplyText, FillsInEveryVariable) {
  const ReplyText reply{.code = 450,
                        .status = "4.2.0",
                        .text =
                            "%CLIENT% %HELO% %SENDER% %SENDERDOMAIN% %RECIPIENT% %RECIPIENTDOMAIN% "
                            "%SECONDS% %MINUTES%"};

  EXPECT_EQ(to_wire(reply, some_variables()),
            "450 4.2.0 192.0.2.7 mail.sender.example ann@sender.example sender.example "
            "bob@receiver.example receiver.example 62 2\r\n");
}

TEST(ReplyText, LeavesUnknownVariablesAndLonePercentSignsAlone) {
  const ReplyText reply{.text = "100% of %NOTHING% for %CLIENT%, 50%"};

  EXPECT_EQ(to_wire(reply, some_variables()), "451 4.7.1 100% of %NOTHING% for 192.0.2.7, 50%\r\n");
}

TEST(ReplyText, SendsEachLineWithItsCode) {
  const ReplyText reply{.text = "first\nsecond"};

  EXPECT_EQ(to_wire(reply, some_variables()), "451-4.7.1 first\r\n451 4.7.1 second\r\n");
}

TEST(ReplyText, SendsNoStatusWhereNoneIsGiven) {
  const ReplyText reply{.status = "", .text = "Try again"};

  EXPECT_EQ(to_wire(reply, some_variables()), "451 Try again\r\n");
}

TEST(ReplyText, DoesNotLetAClientAddLinesToIt) {
  auto variables = some_variables();
  variables.helo = "x\r\n250 2.0.0 fine";

  EXPECT_EQ(to_wire({.text = "%HELO%"}, variables), "451 4.7.1 x??250 2.0.0 fine\r\n");
}

TEST(ReplyText, IsReadWithAndWithoutAStatus) {
  EXPECT_EQ(parse_reply_text("452 4.2.2 Mailbox full"),
            (ReplyText{.code = 452, .status = "4.2.2", .text = "Mailbox full"}));
  EXPECT_EQ(parse_reply_text("421 Try again later"),
            (ReplyText{.code = 421, .status = "", .text = "Try again later"}));
  EXPECT_EQ(parse_reply_text("Try again later"), std::nullopt);
  EXPECT_EQ(parse_reply_text("45 x"), std::nullopt);
}

}  // namespace
}  // namespace greyhound::peers
