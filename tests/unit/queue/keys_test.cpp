#include "queue/keys.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "world/fake_clock.hpp"

namespace greyhound::queue {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
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

  const auto entry = parse_domain_due_entry(domain_due_key("a.example", position), "");

  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->position, position);
  EXPECT_EQ(entry->domain, "a.example");
  EXPECT_FALSE(entry->is_retry);
}

TEST(IndexEntries, TellOfARetryItsPendingTimeAndItsKeys) {
  const DuePosition position{noon, {MessageId(16), 3}};
  GreylistKeys keys;
  for (const auto kind : all_key_kinds)
    keys[kind] = 0xfedcba9876543210 + static_cast<std::uint64_t>(kind);
  for (const unsigned told : {0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U}) {
    const DueEntry entry{
        .position = position,
        .domain = "a.example",
        .is_retry = (told & 1U) != 0,
        .pending_until = (told & 2U) != 0 ? std::optional(noon + 2h) : std::nullopt,
        .keys = (told & 4U) != 0 ? std::optional(keys) : std::nullopt};

    const auto by_due = parse_due_entry(due_key(position), due_value(entry));
    const auto by_domain =
        parse_domain_due_entry(domain_due_key("a.example", position), domain_due_value(entry));

    for (const auto& read : {by_due, by_domain}) {
      ASSERT_TRUE(read);
      EXPECT_EQ(read->position, position);
      EXPECT_EQ(read->domain, "a.example");
      EXPECT_EQ(read->is_retry, entry.is_retry);
      EXPECT_EQ(read->pending_until, entry.pending_until);
      EXPECT_EQ(read->keys, entry.keys);
    }
  }
}

TEST(IndexEntries, OfAMessageNeverTriedAreTheDomainAlone) {
  const DueEntry entry{{noon, {MessageId(16), 3}}, "a.example"};

  EXPECT_EQ(due_value(entry), "a.example");
  EXPECT_EQ(domain_due_value(entry), "");
}

TEST(IndexEntries, WithAnythingElseAreNotRead) {
  const auto key = due_key({noon, {MessageId(16), 3}});
  const auto domain_key = domain_due_key("a.example", {noon, {MessageId(16), 3}});
  for (const auto hint : {"\0"sv, "\10"sv, "\1x"sv, "\2short"sv, "\3123456789"sv, "\4short"sv}) {
    EXPECT_FALSE(parse_due_entry(key, std::string("a.example\0", 10) + std::string(hint)));
    EXPECT_FALSE(parse_domain_due_entry(domain_key, hint));
  }
  EXPECT_FALSE(parse_due_entry(key, "a.example\0"sv));
}

TEST(Keys, OfTheQuarantineKeepFamilyAndKey) {
  const auto key = delivery_key({MessageId(16), 3});

  const auto parsed = parse_quarantine_key(quarantine_key("deliveries", key));

  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->family, "deliveries");
  EXPECT_EQ(parsed->key, key);
  EXPECT_FALSE(parse_quarantine_key("deliveries"));
  EXPECT_FALSE(parse_quarantine_key("\0key"sv));
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
  EXPECT_FALSE(parse_domain_due_entry("a.example", ""));
  EXPECT_FALSE(parse_domain_due_entry(std::string("a.example\0short", 15), ""));
}

}  // namespace
}  // namespace greyhound::queue
