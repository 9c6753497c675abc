#include "queue/keying.hpp"

#include <gtest/gtest.h>

namespace greyhound::queue {
namespace {

using namespace std::chrono_literals;

constexpr Instant noon{std::chrono::hours(480'012)};

GreylistKeys keys_of(std::uint64_t source, std::uint64_t sender, std::uint64_t triplet) {
  GreylistKeys keys;
  keys[KeyKind::source] = source;
  keys[KeyKind::sender] = sender;
  keys[KeyKind::triplet] = triplet;
  return keys;
}

const GreylistKeys anna = keys_of(1, 10, 100);
const GreylistKeys annas_colleague = keys_of(1, 10, 101);
const GreylistKeys a_stranger = keys_of(1, 11, 102);

KeyLesson waited_and_passed(const GreylistKeys& keys, Instant at = noon) {
  return {.site = "mx", .keys = keys, .has_passed = true, .at = at};
}
KeyLesson early(bool has_passed, const GreylistKeys& keys, Instant at = noon + 1min) {
  return {.site = "mx", .keys = keys, .has_passed = has_passed, .is_early = true, .at = at};
}

Keying after(const std::vector<KeyLesson>& lessons) {
  Keying keying;
  for (const auto& lesson : lessons)
    keying = with_lesson(std::move(keying), lesson);
  return keying;
}

TEST(KeyingTest, RemembersWhichKeysGotThrough) {
  const auto keying = after({waited_and_passed(anna)});

  EXPECT_EQ(keying.narrowest_passed(anna, noon), KeyKind::triplet);
  EXPECT_EQ(keying.narrowest_passed(annas_colleague, noon), KeyKind::sender);
  EXPECT_EQ(keying.narrowest_passed(a_stranger, noon), KeyKind::source);
  EXPECT_EQ(keying.narrowest_passed(keys_of(2, 12, 103), noon), std::nullopt);
  EXPECT_EQ(keying.narrowest_passed(anna, noon + 1s), std::nullopt);
}

TEST(KeyingTest, MailThatWaitedForItsOwnClockTellsNothingOfItsKeys) {
  const auto keying = after({waited_and_passed(anna), waited_and_passed(a_stranger)});

  for (const auto kind : all_key_kinds)
    EXPECT_EQ(keying.of(kind), KeyFinding());
}

TEST(KeyingTest, AStrangerWhoIsTakenAtOnceShowsThatTheSourceIsEnough) {
  const auto keying = after({waited_and_passed(anna), early(true, a_stranger)});

  EXPECT_EQ(keying.of(KeyKind::source).taken, 1U);
  EXPECT_EQ(keying.of(KeyKind::sender).taken, 0U);
}

TEST(KeyingTest, AColleagueWhoIsTakenAtOnceShowsNoMoreThanThatTheSendersDomainIsEnough) {
  const auto keying = after({waited_and_passed(anna), early(true, annas_colleague)});

  EXPECT_EQ(keying.of(KeyKind::sender).taken, 1U);
  EXPECT_EQ(keying.of(KeyKind::source).taken, 0U);
}

TEST(KeyingTest, WhereAColleagueIsRefusedTheSourceIsNotEnoughEither) {
  const auto keying = after({waited_and_passed(anna),
                             early(true, a_stranger),
                             early(false, annas_colleague, noon + 2min)});

  for (const auto kind : {KeyKind::source, KeyKind::sender})
    EXPECT_EQ(keying.of(kind), (KeyFinding{.taken = 0, .refused = noon + 2min}));
  EXPECT_EQ(keying.of(KeyKind::triplet), KeyFinding());
}

TEST(KeyingTest, ATripletThatIsRefusedAgainHasBeenForgotten) {
  const auto keying = after({waited_and_passed(anna), early(false, anna)});

  EXPECT_EQ(keying.passed_at(KeyKind::triplet, anna), std::nullopt);
  EXPECT_EQ(keying.of(KeyKind::triplet).refused, noon + 1min);
}

TEST(KeyingTest, APassOfLongAgoProvesNothing) {
  const auto later = noon + passes_are_kept + 1s;
  for (const bool has_passed : {false, true}) {
    const auto keying = after({waited_and_passed(anna), early(has_passed, a_stranger, later)});
    EXPECT_EQ(keying.of(KeyKind::source), KeyFinding());
  }
}

TEST(KeyingTest, OfManyKeysTheLatestAreKept) {
  Keying keying;
  for (std::uint64_t i = 0; i < most_passed_keys; ++i)
    keying = with_lesson(std::move(keying), waited_and_passed(keys_of(1, 2, i), noon + i * 1s));

  EXPECT_EQ(keying.passed.size(), most_passed_keys);
  EXPECT_EQ(keying.passed_at(KeyKind::source, anna), noon + (most_passed_keys - 1) * 1s);
  EXPECT_EQ(keying.passed_at(KeyKind::triplet, keys_of(1, 2, 0)), std::nullopt);
  EXPECT_NE(keying.passed_at(KeyKind::triplet, keys_of(1, 2, most_passed_keys - 1)), std::nullopt);
}

TEST(KeyingTest, MailThatPassesAsOthersBeforeItIsNoNews) {
  auto keying = after({waited_and_passed(anna)});
  EXPECT_TRUE(is_news(keying, waited_and_passed(anna, noon + 1min)));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(is_news(keying, early(true, anna)));
    keying = with_lesson(std::move(keying), early(true, anna));
  }

  EXPECT_FALSE(is_news(keying, early(true, anna, noon + 2h)));
  EXPECT_TRUE(is_news(keying, early(true, anna, noon + 4h)));
  EXPECT_TRUE(is_news(keying, early(false, anna, noon + 2h)));
  EXPECT_FALSE(is_news(keying, early(false, keys_of(2, 12, 103), noon + 2h)));
}

}  // namespace
}  // namespace greyhound::queue
