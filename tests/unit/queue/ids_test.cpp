#include "queue/ids.hpp"

#include <gtest/gtest.h>

#include "queue/delivery.hpp"
#include "world/fake_clock.hpp"

namespace greyhound::queue {
namespace {

using namespace std::chrono_literals;
constexpr Instant noon = world::FakeClock::noon;

TEST(MessageId, IsThirteenDigitsOfCrockfordsBase32) {
  const MessageId id(0x0123'4567'89ab'cdef);

  const auto text = id.to_string();

  EXPECT_EQ(text, "028T5CY4TQKFF");
  EXPECT_EQ(MessageId::parse(text), id);
}

TEST(MessageId, IsReadInEitherCaseAndWithLookAlikeLetters) {
  const MessageId id(1);

  EXPECT_EQ(MessageId::parse("000000000000l"), id);
  EXPECT_EQ(MessageId::parse("oOoOoOoOoOoOI"), id);
}

TEST(MessageId, RefusesWhatIsNoPositiveNumberOf63Bits) {
  EXPECT_FALSE(MessageId::parse(""));
  EXPECT_FALSE(MessageId::parse("028T5CY4TQKF"));
  EXPECT_FALSE(MessageId::parse("028T5CY4TQKFFF"));
  EXPECT_FALSE(MessageId::parse("0000000000000"));
  EXPECT_FALSE(MessageId::parse("8000000000000"));
  EXPECT_FALSE(MessageId::parse("028T5CY4TQKF-"));
  EXPECT_FALSE(MessageId::parse("028T5CY4TQKFU"));
  EXPECT_TRUE(MessageId::parse("7ZZZZZZZZZZZZ"));
}

TEST(MessageId, GrowsWithTime) {
  const auto earlier = MessageId::first_at(noon);
  const auto later = MessageId::first_at(noon + 1ms);

  EXPECT_LT(earlier, later);
  EXPECT_EQ(MessageId::first_at(noon + 999us), earlier);
  EXPECT_EQ(earlier.value(), std::uint64_t{1'772'366'400'000} << 20);
}

TEST(MessageId, StaysPositiveAndGrowingAtBothEndsOfTime) {
  const auto last = MessageId::first_at(Instant::max());

  EXPECT_GT(MessageId::first_at(Instant::min()).value(), 0U);
  EXPECT_LT(last.next().value(), std::uint64_t{1} << 63);
  EXPECT_LT(last, last.next());
}

TEST(MessageId, HasOneDelayNoticeWhoseIdNoMessageEverGets) {
  const MessageId id = MessageId::first_at(noon);

  EXPECT_EQ(id.delay_notice().value(), id.value() + 1);
  EXPECT_EQ(id.delay_notice().delay_notice(), id.delay_notice());
  EXPECT_LT(id.delay_notice(), id.next());
}

TEST(IdsStartingWith, CoverExactlyTheIdsWithThatPrefix) {
  const auto range = ids_starting_with("028t5cy4tq");

  ASSERT_TRUE(range);
  EXPECT_EQ(range->first.to_string(), "028T5CY4TQ000");
  EXPECT_EQ(range->last.to_string(), "028T5CY4TQZZZ");
}

TEST(IdsStartingWith, RefuseWhatNoIdStartsWith) {
  EXPECT_FALSE(ids_starting_with(""));
  EXPECT_FALSE(ids_starting_with("8"));
  EXPECT_FALSE(ids_starting_with("0U"));
  EXPECT_FALSE(ids_starting_with("028T5CY4TQKFF0"));
}

TEST(DeliveryId, IsTheMessageAndANumber) {
  const DeliveryId id{MessageId(0x0123'4567'89ab'cdef), 12};

  EXPECT_EQ(id.to_string(), "028T5CY4TQKFF-12");
  EXPECT_EQ(DeliveryId::parse("028T5CY4TQKFF-12"), id);
}

TEST(DeliveryId, RefusesNumbersThatItWouldNotWrite) {
  for (const auto* number : {"", "0", "01", "-1", "+1", "1x", "65536", "99999999999999999999"}) {
    EXPECT_FALSE(DeliveryId::parse(std::string("028T5CY4TQKFF-") + number)) << number;
  }
  EXPECT_FALSE(DeliveryId::parse("028T5CY4TQKFF"));
  EXPECT_TRUE(DeliveryId::parse("028T5CY4TQKFF-65535"));
}

TEST(StateName, SaysTheStrongestThingFirst) {
  Delivery delivery{.id = {MessageId(16), 1}};
  EXPECT_EQ(state_name(delivery), "new");

  delivery.uncounted = 1;
  EXPECT_EQ(state_name(delivery), "waiting");
  delivery.dot_sent = DotSent{noon, {0}};
  EXPECT_EQ(state_name(delivery), "in_doubt");
  delivery.is_held = true;

  EXPECT_EQ(state_name(delivery), "held");
}

}  // namespace
}  // namespace greyhound::queue
