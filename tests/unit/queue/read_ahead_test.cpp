#include "queue/read_ahead.hpp"

#include <gmock/gmock.h>

#include "unit/queue/queue_fixture.hpp"

namespace greyhound::queue {
namespace {

TEST(ReadAhead, GivesEachChunkOnce) {
  ReadAhead ahead(100);
  ahead.put(MessageId(1), "one");

  EXPECT_TRUE(ahead.has(MessageId(1)));
  EXPECT_EQ(ahead.take(MessageId(1)), "one");
  EXPECT_FALSE(ahead.has(MessageId(1)));
  EXPECT_EQ(ahead.take(MessageId(1)), std::nullopt);
}

TEST(ReadAhead, LetsTheOldestGoForTheNewest) {
  ReadAhead ahead(10);

  ahead.put(MessageId(1), "12345");
  ahead.put(MessageId(2), "12345");
  ahead.put(MessageId(3), "123");

  EXPECT_FALSE(ahead.has(MessageId(1)));
  EXPECT_TRUE(ahead.has(MessageId(2)));
  EXPECT_TRUE(ahead.has(MessageId(3)));
}

TEST(ReadAhead, CountsWhatWasTakenNoMore) {
  ReadAhead ahead(10);
  ahead.put(MessageId(1), "1234567890");
  ASSERT_TRUE(ahead.take(MessageId(1)));

  ahead.put(MessageId(2), "12345");
  ahead.put(MessageId(3), "12345");

  EXPECT_TRUE(ahead.has(MessageId(2)));
  EXPECT_TRUE(ahead.has(MessageId(3)));
}

TEST(ReadAhead, HasNoPlaceForWhatIsTooLarge) {
  ReadAhead ahead(10);
  ahead.put(MessageId(1), "1");

  ahead.put(MessageId(2), "12345678901");

  EXPECT_TRUE(ahead.has(MessageId(1)));
  EXPECT_FALSE(ahead.has(MessageId(2)));
}

class ReadAheadTest : public QueueTest {};

// Behind a restart content is on the disk only.
TEST_F(ReadAheadTest, ChangesNothingOfWhatContentReadsAs) {
  std::vector<MessageId> ids;
  for (int i = 0; i < 30; ++i) {
    auto message = a_message(store_->new_id(), {"a.example"}, noon + i * 1us);
    message.body = {std::to_string(i) + std::string(3000, 'x'), "end"};
    ids.push_back(message.message.id);
    ASSERT_TRUE(run(store_->accept(std::move(message))));
  }
  reopen();

  ASSERT_EQ(run(store_->due_in_domain("a.example", std::nullopt, noon + 1h, 20))->size(), 20U);

  for (int again = 0; again < 2; ++again) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      EXPECT_EQ(*run(store_->chunk(ids[i], 0)), std::to_string(i) + std::string(3000, 'x'));
      EXPECT_EQ(*run(store_->chunk(ids[i], 1)), "end");
    }
  }
}

}  // namespace
}  // namespace greyhound::queue
