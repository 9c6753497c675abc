#include "queue/recent_records.hpp"

#include <atomic>
#include <charconv>
#include <thread>

#include <gmock/gmock.h>

#include "queue/rocks_database.hpp"
#include "unit/queue/queue_fixture.hpp"

namespace greyhound::queue {
namespace {

constexpr std::uint64_t much = 1 << 20;

std::string key_of(std::string_view name) {
  return RecentRecords::key(Family::messages, name);
}

WrittenRecords written(std::string_view name, std::optional<std::string> record) {
  WrittenRecords all;
  all.emplace(key_of(name), std::move(record));
  return all;
}

// What pushes everything before it out: more than both halves.
void write_much_else(RecentRecords& recent, std::uint64_t most_bytes) {
  for (int i = 0; i < 3; ++i)
    recent.take_over(written("other" + std::to_string(i), std::string(most_bytes / 2, 'x')));
}

TEST(RecentRecords, GiveWhatWasWrittenLast) {
  RecentRecords recent(much);
  EXPECT_FALSE(recent.look(key_of("a")).is_known);

  recent.take_over(written("a", "old"));
  recent.take_over(written("a", "new"));

  EXPECT_TRUE(recent.look(key_of("a")).is_known);
  EXPECT_EQ(recent.look(key_of("a")).record, "new");
}

TEST(RecentRecords, KnowWhatWasErased) {
  RecentRecords recent(much);
  recent.take_over(written("a", "record"));

  recent.take_over(written("a", std::nullopt));

  EXPECT_TRUE(recent.look(key_of("a")).is_known);
  EXPECT_EQ(recent.look(key_of("a")).record, std::nullopt);
}

TEST(RecentRecords, TellFamiliesApart) {
  RecentRecords recent(much);
  recent.take_over(written("a", "a message"));

  EXPECT_FALSE(recent.look(RecentRecords::key(Family::deliveries, "a")).is_known);
}

TEST(RecentRecords, HoldNoMoreThanTheyMay) {
  constexpr std::uint64_t little = 100'000;
  RecentRecords recent(little);
  std::uint64_t known = 0;
  for (int i = 0; i < 10'000; ++i)
    recent.take_over(written(std::to_string(i), std::string(100, 'x')));
  for (int i = 0; i < 10'000; ++i)
    known += recent.look(key_of(std::to_string(i))).is_known ? 1 : 0;

  EXPECT_LE(known * 100, little);
  EXPECT_GE(known * 100, little / 6);  // half of it, less what a place takes
  EXPECT_TRUE(recent.look(key_of("9999")).is_known);
}

TEST(RecentRecords, HaveNoPlaceForLargeContent) {
  RecentRecords recent(much);
  WrittenRecords chunks;
  chunks.emplace(RecentRecords::key(Family::bodies, "small"), std::string(much / 128, 'x'));
  chunks.emplace(RecentRecords::key(Family::bodies, "large"), std::string(much / 128 + 1, 'x'));

  recent.take_over(std::move(chunks));

  EXPECT_TRUE(recent.look(RecentRecords::key(Family::bodies, "small")).is_known);
  EXPECT_FALSE(recent.look(RecentRecords::key(Family::bodies, "large")).is_known);
}

TEST(RecentRecords, GiveWhatWasRead) {
  RecentRecords recent(much);
  const auto look = recent.look(key_of("a"));

  recent.add_read(key_of("a"), "read", look.turn);

  EXPECT_EQ(recent.look(key_of("a")).record, "read");
}

TEST(RecentRecords, DropAReadThatAWriteOvertook) {
  RecentRecords recent(much);
  const auto look = recent.look(key_of("a"));
  const auto other_look = recent.look(key_of("b"));

  recent.take_over(written("a", "written"));
  recent.take_over(written("b", std::nullopt));
  recent.add_read(key_of("a"), "read before", look.turn);
  recent.add_read(key_of("b"), "read before", other_look.turn);

  EXPECT_EQ(recent.look(key_of("a")).record, "written");
  EXPECT_EQ(recent.look(key_of("b")).record, std::nullopt);
}

TEST(RecentRecords, DropAReadWhoseOvertakingWriteIsForgotten) {
  RecentRecords recent(much);
  const auto look = recent.look(key_of("a"));
  recent.take_over(written("a", std::nullopt));
  write_much_else(recent, much);
  ASSERT_FALSE(recent.look(key_of("a")).is_known);

  recent.add_read(key_of("a"), "read before", look.turn);

  EXPECT_FALSE(recent.look(key_of("a")).is_known);
}

class RecentRecordsInUse : public QueueTest {};

std::uint64_t number_in(const Result<std::string>& record) {
  std::uint64_t number = 0;
  if (!record) return number;
  std::from_chars(record->data(), record->data() + record->size(), number);
  return number;
}

// Each record holds a number that only grows. There are more of them than are held, so that they
// are read from the database again and again.
TEST_F(RecentRecordsInUse, NobodyReadsWhatIsOlderThanAWriteThatWasAcknowledged) {
  constexpr std::uint64_t rounds = 20'000;
  settings_.memory_bytes = 2 << 20;
  store_.reset();
  auto opened = RocksDatabase::open(settings_, OpenMode::read_write);
  ASSERT_TRUE(opened) << opened.error().what;
  auto& database = **opened;
  const std::string padding(1000, '.');
  std::array<std::atomic<std::uint64_t>, 200> acknowledged{};
  std::atomic<bool> is_over = false;
  std::atomic<std::uint64_t> reads = 0;
  std::atomic<std::uint64_t> stale = 0;
  const auto read_on = [&] {
    for (std::uint64_t i = 0; !is_over; ++i) {
      const auto which = i % acknowledged.size();
      const auto before = acknowledged.at(which).load();
      const auto record = database.get(Family::messages, std::to_string(which));
      if (number_in(record) < before) ++stale;
      ++reads;
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back(read_on);
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    const auto which = (round * 7) % acknowledged.size();
    RocksBatch batch(database);
    batch.put(Family::messages, std::to_string(which), std::to_string(round) + padding);
    ASSERT_TRUE(database.write(batch, Durability::buffered));
    acknowledged.at(which) = round;
  }
  is_over = true;
  for (auto& reader : readers)
    reader.join();

  EXPECT_EQ(stale, 0U);
  EXPECT_GT(reads, 0U);
}

}  // namespace
}  // namespace greyhound::queue
