#include "queue/keys.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "world/fake_clock.hpp"

namespace greyhound::queue {
namespace {

using namespace std::chrono_literals;
constexpr Instant noon = world::FakeClock::noon;

bool covers(const KeyRange& range, const std::string& key) {
  return range.first <= key && key < range.end;
}

TEST(Keys, AreBigEndian) {
  const DeliveryId id{MessageId(0x0102'0304'0506'0708), 0x090a};

  EXPECT_EQ(delivery_key(id), std::string("\1\2\3\4\5\6\7\x8\x9\xa"));
  EXPECT_EQ(chunk_key(id.message, 0x0b0c0d0e), std::string("\1\2\3\4\5\6\7\x8\xb\xc\xd\xe"));
  EXPECT_EQ(due_key({Instant(Duration(0x1122)), id}),
            std::string("\x80\0\0\0\0\0\x11\x22\1\2\3\4\5\6\7\x8\x9\xa", 18));
}

TEST(Keys, OfDueTimesSortByInstantThenById) {
  const MessageId early(16);
  const MessageId late(32);
  const std::vector<DuePosition> in_order{{Instant::min(), {late, 1}},
                                          {Instant(-1us), {early, 1}},
                                          {Instant(0us), {early, 1}},
                                          {noon, {early, 1}},
                                          {noon, {early, 256}},
                                          {noon, {late, 1}},
                                          {noon + 1us, {early, 1}},
                                          {Instant::max(), {early, 1}}};

  std::vector<std::string> keys;
  keys.reserve(in_order.size());
  for (const auto& position : in_order)
    keys.push_back(due_key(position));

  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  for (std::size_t i = 0; i < keys.size(); ++i)
    EXPECT_EQ(parse_due_key(keys[i]), in_order[i]);
}

TEST(Keys, OfADueRangeIncludeTheEndAndExcludeTheStart) {
  const DeliveryId id{MessageId(16), 1};
  const DeliveryId last{MessageId((1ULL << 63) - 1), 65535};

  const auto range = due_keys(DuePosition{noon, id}, noon + 5s);

  EXPECT_FALSE(covers(range, due_key({noon, id})));
  EXPECT_TRUE(covers(range, due_key({noon, {MessageId(16), 2}})));
  EXPECT_TRUE(covers(range, due_key({noon + 5s, last})));
  EXPECT_FALSE(covers(range, due_key({noon + 5s + 1us, id})));
  EXPECT_TRUE(covers(due_keys(std::nullopt, Instant::max()), due_key({Instant::max(), last})));
}

TEST(Keys, OfADomainKeepOutDomainsThatStartAlike) {
  const DuePosition position{noon, {MessageId(16), 1}};

  const auto range = domain_due_keys("a.example", std::nullopt, noon);

  EXPECT_TRUE(covers(range, domain_due_key("a.example", position)));
  EXPECT_FALSE(covers(range, domain_due_key("a.example.net", position)));
  EXPECT_FALSE(covers(range, domain_due_key("a.exampl", position)));
}

TEST(Keys, OfADomainAreReadBack) {
  const DuePosition position{noon, {MessageId(16), 3}};

  const auto entry = parse_domain_due_key(domain_due_key("a.example", position));

  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->position, position);
  EXPECT_EQ(entry->domain, "a.example");
}

TEST(Keys, OfOneMessageKeepOutItsNeighbours) {
  const auto range = keys_of_message(MessageId(32));

  EXPECT_TRUE(covers(range, delivery_key({MessageId(32), 1})));
  EXPECT_TRUE(covers(range, chunk_key(MessageId(32), UINT32_MAX)));
  EXPECT_FALSE(covers(range, delivery_key({MessageId(31), 65535})));
  EXPECT_FALSE(covers(range, delivery_key({MessageId(33), 1})));
}

TEST(Keys, OfAnotherLengthAreNotRead) {
  EXPECT_FALSE(parse_message_key("1234567"));
  EXPECT_FALSE(parse_delivery_key("12345678901"));
  EXPECT_FALSE(parse_due_key("12345678901234567"));
  EXPECT_FALSE(parse_domain_due_key("a.example"));
  EXPECT_FALSE(parse_domain_due_key(std::string("a.example\0short", 15)));
}

}  // namespace
}  // namespace greyhound::queue
