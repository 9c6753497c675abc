#include "scheduler/greylist/key_trust.hpp"

#include <gtest/gtest.h>

#include "scheduler/greylist/mail_keys.hpp"
#include "unit/scheduler/builders.hpp"

namespace greyhound::scheduler {
namespace {

using queue::Keying;
using queue::KeyKind;
using queue::KeyLesson;

const auto home = *IpAddress::parse("192.0.2.7");
const auto abroad = *IpAddress::parse("192.0.2.8");

queue::GreylistKeys keys(const std::string& from,
                         const std::string& recipient,
                         const IpAddress& source = home) {
  const auto message = a_message(address(from));
  return keys_of(source, message.reverse_path, a_delivery(message, {recipient}), {0});
}

const auto anna = keys("anna@here.example", "x@there.example");
const auto bob = keys("bob@here.example", "x@there.example");
const auto a_guest = keys("guest@other.example", "x@there.example");

Keying after(const std::vector<KeyLesson>& lessons) {
  Keying keying;
  for (const auto& lesson : lessons)
    keying = with_lesson(std::move(keying), lesson);
  return keying;
}
KeyLesson passed(const queue::GreylistKeys& keys, bool early = false) {
  return {.site = "mx", .keys = keys, .has_passed = true, .is_early = early, .at = noon};
}
KeyLesson refused(const queue::GreylistKeys& keys) {
  return {.site = "mx", .keys = keys, .has_passed = false, .is_early = true, .at = noon};
}

TEST(MailKeysTest, EachKindNamesMoreOfTheMail) {
  EXPECT_EQ(anna[KeyKind::source], a_guest[KeyKind::source]);
  EXPECT_NE(anna[KeyKind::sender], a_guest[KeyKind::sender]);
  EXPECT_EQ(anna[KeyKind::sender], bob[KeyKind::sender]);
  EXPECT_NE(anna[KeyKind::triplet], bob[KeyKind::triplet]);
  EXPECT_NE(anna[KeyKind::source],
            keys("anna@here.example", "x@there.example", abroad)[KeyKind::source]);
  EXPECT_NE(anna[KeyKind::triplet], keys("anna@here.example", "y@there.example")[KeyKind::triplet]);
}

TEST(MailKeysTest, CaseAndTheOrderOfRecipientsMakeNoDifference) {
  const auto message = a_message(address("anna@here.example"));
  const auto two = a_delivery(message, {"x@there.example", "Y@there.example"});

  EXPECT_EQ(anna, keys("Anna@HERE.example", "X@There.example"));
  EXPECT_EQ(keys_of(home, message.reverse_path, two, {0, 1}),
            keys_of(home, message.reverse_path, two, {1, 0}));
}

// They are on disk.
TEST(MailKeysTest, StayTheSameForEver) {
  EXPECT_EQ(anna[KeyKind::source], 12602027491918584590U);
}

TEST(MailKeysTest, TheNullSenderIsASenderLikeOthers) {
  const auto message = a_message(mail::ReversePath());
  const auto bounce =
      keys_of(home, message.reverse_path, a_delivery(message, {"x@there.example"}), {0});

  EXPECT_EQ(bounce[KeyKind::source], anna[KeyKind::source]);
  EXPECT_NE(bounce[KeyKind::sender], anna[KeyKind::sender]);
}

TEST(KeyTrustTest, WhereNothingPassedNobodyGoesForAnother) {
  EXPECT_EQ(trust_to_pass({}, anna, noon), KeyTrust::none);
}

TEST(KeyTrustTest, ATripletThatPassedPassesAgain) {
  EXPECT_EQ(trust_to_pass(after({passed(anna)}), anna, noon), KeyTrust::full);
}

TEST(KeyTrustTest, WhetherAShorterKeyIsEnoughHasToBeTried) {
  const auto keying = after({passed(anna)});

  EXPECT_EQ(trust_to_pass(keying, bob, noon), KeyTrust::trial);
  EXPECT_EQ(trust_to_pass(keying, a_guest, noon), KeyTrust::trial);
}

TEST(KeyTrustTest, WhereTheSendersDomainWasEnoughItIsForAllOfIt) {
  const auto keying = after({passed(anna), passed(bob, true)});

  EXPECT_EQ(trust_to_pass(keying, keys("cleo@here.example", "z@there.example"), noon),
            KeyTrust::full);
  EXPECT_EQ(trust_to_pass(keying, a_guest, noon), KeyTrust::trial);
  EXPECT_EQ(shortest_trusted(keying, noon), KeyKind::sender);
}

TEST(KeyTrustTest, WhereTheSourceWasEnoughItIsForEverybody) {
  const auto keying = after({passed(anna), passed(a_guest, true)});

  EXPECT_EQ(trust_to_pass(keying, keys("zoe@elsewhere.example", "z@there.example"), noon),
            KeyTrust::full);
  EXPECT_EQ(shortest_trusted(keying, noon), KeyKind::source);
}

TEST(KeyTrustTest, OneRefusalEndsItForADay) {
  const auto keying = after({passed(anna), passed(bob, true), refused(bob), passed(bob)});

  for (const auto at : {noon, noon + 24h - 1s})
    EXPECT_EQ(trust_in(keying, KeyKind::sender, at), KeyTrust::none);
  EXPECT_EQ(trust_in(keying, KeyKind::sender, noon + 24h), KeyTrust::trial);
}

TEST(KeyTrustTest, WhatPassedLongAgoMayBeForgottenByNow) {
  const auto keying = after({passed(anna), passed(a_guest, true)});

  EXPECT_EQ(trust_to_pass(keying, bob, noon + queue::passes_are_kept), KeyTrust::full);
  EXPECT_EQ(trust_to_pass(keying, bob, noon + queue::passes_are_kept + 1s), KeyTrust::none);
}

}  // namespace
}  // namespace greyhound::scheduler
