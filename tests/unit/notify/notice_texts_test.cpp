#include "notify/notice_texts.hpp"

#include <gtest/gtest.h>

#include "unit/notify/notice_builders.hpp"

namespace greyhound::notify {
namespace {

using testing::noon;
using testing::words;
using namespace std::chrono_literals;

TEST(Phrases, TakeTheirValues) {
  EXPECT_EQ(filled("from {a} to {b}{a}", {{"a", "x"}, {"b", "{a}"}}), "from x to {a}x");
}

TEST(Phrases, LeaveWhatTheyDoNotKnowAsItStands) {
  EXPECT_EQ(filled("{who} { {} {A} {", {{"a", "x"}}), "{who} { {} {A} {");
}

TEST(Phrases, MayHoldNoOtherPlaceholders) {
  EXPECT_EQ(unknown_placeholder("{date} {id} {", "date id"), std::nullopt);
  EXPECT_EQ(unknown_placeholder("{date} {i}", "date id"), "{i}");
  EXPECT_EQ(unknown_placeholder("{date}", ""), "{date}");
}

TEST(PlainDate, IsInTheWordsOfTheLanguage) {
  EXPECT_EQ(plain_date(noon, *words("en")), "Sunday 1 March 2026, 12:00:00 UTC");
  EXPECT_EQ(plain_date(noon, *words("de")), "Sonntag, 1. M\xc3\xa4rz 2026, 12:00:00 UTC");
  EXPECT_EQ(plain_date(noon, *words("fr")), "dimanche 1 mars 2026, 12:00:00 UTC");
  EXPECT_EQ(plain_date(noon, *words("es")), "domingo 1 de marzo de 2026, 12:00:00 UTC");
}

TEST(PlainDuration, IsRoundedUpAndInTheUnitThatSaysEnough) {
  const auto text = [](Duration duration) { return plain_duration(duration, *words("en")); };

  EXPECT_EQ(text(0s), "one minute");
  EXPECT_EQ(text(61s), "2 minutes");
  EXPECT_EQ(text(10min), "10 minutes");
  EXPECT_EQ(text(1h), "one hour");
  EXPECT_EQ(text(90min), "90 minutes");
  EXPECT_EQ(text(121min), "3 hours");
  EXPECT_EQ(text(24h), "one day");
  EXPECT_EQ(text(25h), "25 hours");
  EXPECT_EQ(text(49h), "3 days");
}

}  // namespace
}  // namespace greyhound::notify
