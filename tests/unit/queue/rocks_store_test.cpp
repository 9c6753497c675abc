// Accepting, finding and ending mail; see also rocks_store_settle_test and rocks_store_open_test.
#include <future>

#include <gmock/gmock.h>

#include "queue/body_reader.hpp"
#include "queue/record_codec.hpp"
#include "unit/queue/queue_fixture.hpp"

namespace greyhound::queue {
namespace {

using testing::ElementsAre;

class RocksStoreTest : public QueueTest {};

std::vector<std::string> domains_of(const std::vector<DueEntry>& entries) {
  std::vector<std::string> domains;
  domains.reserve(entries.size());
  for (const auto& entry : entries)
    domains.push_back(entry.domain);
  return domains;
}

TEST_F(RocksStoreTest, GivesWhatIsDueInTheOrderOfDueTimes) {
  accept({"late.example"}, noon + 2min);
  accept({"early.example"}, noon);
  accept({"middle.example"}, noon + 1min);

  const auto entries = run(store_->due(std::nullopt, noon + 2min - 1us, 10));

  ASSERT_TRUE(entries);
  EXPECT_THAT(domains_of(*entries), ElementsAre("early.example", "middle.example"));
}

TEST_F(RocksStoreTest, GoesOnBehindTheLastEntryOfAPage) {
  accept({"a.example", "b.example", "c.example"});

  const auto first = run(store_->due(std::nullopt, noon, 2));
  ASSERT_TRUE(first && first->size() == 2);
  const auto second = run(store_->due(first->back().position, noon, 2));

  ASSERT_TRUE(second);
  EXPECT_THAT(domains_of(*first), ElementsAre("a.example", "b.example"));
  EXPECT_THAT(domains_of(*second), ElementsAre("c.example"));
  EXPECT_TRUE(run(store_->due(std::nullopt, noon, 0))->empty());
}

TEST_F(RocksStoreTest, GivesWhatIsDueInOneDomainOnly) {
  accept({"a.example", "a.example.net"}, noon);
  accept({"a.example"}, noon + 1s);
  accept({"a.example"}, noon + 1h);

  const auto all = run(store_->due_in_domain("a.example", std::nullopt, noon + 1s, 10));
  ASSERT_TRUE(all && all->size() == 2);
  const auto rest = run(store_->due_in_domain("a.example", all->front().position, noon + 1s, 10));

  EXPECT_EQ(all->front().position.due, noon);
  EXPECT_EQ(all->back().position.due, noon + 1s);
  EXPECT_EQ(all->front().domain, "a.example");
  EXPECT_EQ(rest->size(), 1U);
}

TEST_F(RocksStoreTest, GivesWhatExpires) {
  accept({"first.example"}, noon);
  accept({"second.example"}, noon + 1s);

  const auto expired = run(store_->expired(std::nullopt, noon + 120h, 10));

  ASSERT_TRUE(expired);
  EXPECT_THAT(domains_of(*expired), ElementsAre("first.example"));
  EXPECT_EQ(expired->front().position.due, noon + 120h);
}

TEST_F(RocksStoreTest, LoadsADeliveryWithItsMessage) {
  const auto id = accept({"a.example", "b.example"});

  const auto loaded = run(store_->load({id, 2}));

  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->delivery.domain, "b.example");
  EXPECT_EQ(loaded->message.id, id);
  EXPECT_EQ(mail::to_string(loaded->message.reverse_path), "<sender@origin.example>");
  EXPECT_EQ(loaded->message.deliveries, 2);
  EXPECT_EQ(loaded->message.open_deliveries, 2);
  EXPECT_EQ(loaded->message.chunks, 2U);
  EXPECT_EQ(loaded->message.size_bytes, 24U);
}

TEST_F(RocksStoreTest, LoadsAMessageWithAllItsDeliveries) {
  accept({"other.example"});
  const auto id = accept({"a.example", "b.example"});
  accept({"another.example"});

  const auto loaded = run(store_->load_message(id));

  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->deliveries.size(), 2U);
  EXPECT_EQ(loaded->deliveries[0].domain, "a.example");
  EXPECT_EQ(loaded->deliveries[1].domain, "b.example");
}

TEST_F(RocksStoreTest, SaysThatUnknownIdsAreNotFound) {
  const auto id = accept({"a.example"});
  const DeliveryId unknown{id, 2};

  const auto load = run(store_->load(unknown));

  EXPECT_EQ(load.error().fault, Fault::not_found);
  EXPECT_EQ(load.error().what, "delivery " + unknown.to_string() + " is not in the queue");
  EXPECT_EQ(run(store_->load_message(id.next())).error().fault, Fault::not_found);
  EXPECT_EQ(run(store_->chunk(id, 2)).error().fault, Fault::not_found);
  EXPECT_EQ(run(store_->reschedule(unknown, noon, Mover::an_operator)).error().fault,
            Fault::not_found);
}

TEST_F(RocksStoreTest, GivesBackTheBodyByteByByte) {
  auto message = a_message(store_->new_id(), {"a.example"}, noon);
  const std::string large(100'000, '\x80');
  const std::vector<std::string> chunks{large, std::string("\0\r\n", 3), "the end"};
  for (std::uint32_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(run(store_->add_chunk(message.message.id, i, chunks[i])));
  }
  message.body.clear();
  message.message.chunks = 3;
  message.message.size_bytes = 100'010;
  ASSERT_TRUE(run(store_->accept(message)));

  const auto loaded = run(store_->load({message.message.id, 1}));
  BodyReader body(*store_, loaded->message);

  EXPECT_EQ(body.size_bytes(), 100'010U);
  for (const auto& chunk : chunks)
    EXPECT_EQ(*run(body.next()), chunk);
  EXPECT_EQ(*run(body.next()), "");
  EXPECT_EQ(*run(body.next()), "");
}

TEST_F(RocksStoreTest, RefusesAMessageWhoseChunksAreNotThere) {
  auto message = a_message(store_->new_id(), {"a.example"}, noon);
  message.body.clear();
  message.message.chunks = 2;

  const auto accepted = run(store_->accept(message));

  ASSERT_FALSE(accepted);
  EXPECT_EQ(accepted.error().fault, Fault::not_found);
  EXPECT_TRUE(due().empty());
}

TEST_F(RocksStoreTest, DiscardsTheChunksOfAMessageThatIsNotToBe) {
  const auto id = store_->new_id();
  ASSERT_TRUE(run(store_->add_chunk(id, 0, "one")));
  ASSERT_TRUE(run(store_->add_chunk(id, 1, "two")));

  ASSERT_TRUE(run(store_->discard_chunks(id, 2)));

  EXPECT_EQ(run(store_->chunk(id, 0)).error().fault, Fault::not_found);
  EXPECT_EQ(count_entries(), 0U);
}

TEST_F(RocksStoreTest, ListsDeliveriesPageByPageInOrderOfArrival) {
  const auto first = accept({"a.example", "b.example"}, noon + 1h);
  const auto second = accept({"c.example"}, noon);

  const auto page = run(store_->list(std::nullopt, 2));
  ASSERT_TRUE(page);
  const auto rest = run(store_->list(page->next, 2));
  ASSERT_TRUE(rest);

  ASSERT_EQ(page->deliveries.size(), 2U);
  EXPECT_EQ(page->deliveries[1].delivery.id, (DeliveryId{first, 2}));
  EXPECT_EQ(page->next, (DeliveryId{first, 2}));
  ASSERT_EQ(rest->deliveries.size(), 1U);
  EXPECT_EQ(rest->deliveries[0].message.id, second);
  EXPECT_EQ(rest->next, std::nullopt);
}

TEST_F(RocksStoreTest, ListsDeliveriesAloneWithTheInstantTheirMessageArrived) {
  const auto first = accept({"a.example", "b.example"}, noon + 1h);
  const auto second = accept({"c.example"}, noon);

  const auto page = run(store_->deliveries(std::nullopt, 2));
  ASSERT_TRUE(page);
  const auto rest = run(store_->deliveries(page->next, 2));
  ASSERT_TRUE(rest);

  ASSERT_EQ(page->deliveries.size(), 2U);
  EXPECT_EQ(page->deliveries[1].delivery.id, (DeliveryId{first, 2}));
  EXPECT_EQ(page->deliveries[1].arrived, first.made());
  EXPECT_EQ(page->next, (DeliveryId{first, 2}));
  ASSERT_EQ(rest->deliveries.size(), 1U);
  EXPECT_EQ(rest->deliveries[0].delivery.id.message, second);
  EXPECT_EQ(rest->next, std::nullopt);
}

TEST_F(RocksStoreTest, HasNoNextPageBehindOneThatIsExactlyFull) {
  accept({"a.example", "b.example"});

  const auto page = run(store_->list(std::nullopt, 2));

  EXPECT_EQ(page->deliveries.size(), 2U);
  EXPECT_EQ(page->next, std::nullopt);
}

TEST_F(RocksStoreTest, FindsMessagesByThePrefixOfTheirIds) {
  const auto first = accept({"a.example"});
  const auto second = accept({"a.example"});
  clock_.set_wall(noon + 1h);
  accept({"a.example"});
  const auto text = first.to_string();

  const auto both = run(store_->find(*ids_starting_with(text.substr(0, 9)), 10));
  const auto one = run(store_->find(*ids_starting_with(text), 10));
  const auto limited = run(store_->find(*ids_starting_with(text.substr(0, 1)), 2));

  EXPECT_THAT(*both, ElementsAre(first, second));
  EXPECT_THAT(*one, ElementsAre(first));
  EXPECT_THAT(*limited, ElementsAre(first, second));
}

TEST_F(RocksStoreTest, MovesADueSaysForWhomAndChangesNothingElse) {
  const auto id = accept({"a.example"}, noon + 1h);
  const auto before = loaded({id, 1});

  ASSERT_TRUE(run(store_->reschedule({id, 1}, noon, Mover::an_operator)));

  auto after = loaded({id, 1});
  EXPECT_EQ(after.due, noon);
  EXPECT_EQ(after.moved_by, Mover::an_operator);
  after.due = before.due;
  after.moved_by = before.moved_by;
  EXPECT_EQ(encode(after), encode(before));
  const auto entries = due();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].position, (DuePosition{noon, {id, 1}}));
  EXPECT_EQ(run(store_->due_in_domain("a.example", std::nullopt, noon + 1h, 9))->size(), 1U);
}

TEST_F(RocksStoreTest, NeitherTriesNorExpiresHeldMail) {
  auto message = a_message(store_->new_id(), {"a.example"}, noon);
  message.deliveries[0].is_held = true;

  ASSERT_TRUE(run(store_->accept(message)));
  ASSERT_TRUE(run(store_->reschedule({message.message.id, 1}, noon + 1s, Mover::an_operator)));

  EXPECT_TRUE(due().empty());
  EXPECT_TRUE(run(store_->expired(std::nullopt, Instant::max(), 10))->empty());
  EXPECT_TRUE(run(store_->due_in_domain("a.example", std::nullopt, Instant::max(), 9))->empty());
  EXPECT_EQ(run(store_->list(std::nullopt, 10))->deliveries.size(), 1U);
}

TEST_F(RocksStoreTest, KeepsTheMarkOfTheFinalDot) {
  const auto id = accept({"a.example"});

  ASSERT_TRUE(run(store_->mark_dot_sent({.id = {id, 1}, .sent = DotSent{noon + 5s, {0}}})));
  reopen();

  const auto after = loaded({id, 1});
  ASSERT_TRUE(after.dot_sent);
  EXPECT_EQ(after.dot_sent->at, noon + 5s);
  EXPECT_THAT(after.dot_sent->recipients, ElementsAre(0));
}

TEST_F(RocksStoreTest, GivesIdsThatGrowWhenTheClockIsSetBack) {
  const auto before = store_->new_id();

  clock_.set_wall(noon - 1h);
  const auto after = store_->new_id();

  EXPECT_LT(before, after);
  EXPECT_EQ(after, before.next());
}

TEST_F(RocksStoreTest, TellsTheListenerOfNewDueEntriesBeforeTheCallerReturns) {
  std::vector<DueEntry> heard;
  store_->on_due_entries([&heard](std::vector<DueEntry> entries) {
    heard.insert(heard.end(), entries.begin(), entries.end());
  });

  const auto id = accept({"a.example", "b.example"}, noon + 1s);
  const auto accepted = heard;
  heard.clear();
  ASSERT_TRUE(run(store_->mark_dot_sent({.id = {id, 1}, .sent = DotSent{noon, {0}}})));
  const auto marked = heard;
  ASSERT_TRUE(run(store_->reschedule({id, 1}, noon + 2s, Mover::an_operator)));

  EXPECT_THAT(domains_of(accepted), ElementsAre("a.example", "b.example"));
  EXPECT_EQ(accepted[0].position, (DuePosition{noon + 1s, {id, 1}}));
  EXPECT_TRUE(marked.empty());
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].position, (DuePosition{noon + 2s, {id, 1}}));
}

TEST_F(RocksStoreTest, KeepsWhatIsSuspendedByNameUntilItIsResumed) {
  ASSERT_TRUE(run(store_->suspend({"b.example", noon})));
  ASSERT_TRUE(run(store_->suspend({"a.example", noon + 1us})));
  ASSERT_TRUE(run(store_->suspend({"c.example", noon})));
  ASSERT_TRUE(run(store_->resume("b.example")));

  reopen();
  const auto kept = run(store_->suspensions());

  ASSERT_TRUE(kept);
  ASSERT_EQ(kept->size(), 2U);
  EXPECT_EQ((*kept)[0].name, "a.example");
  EXPECT_EQ((*kept)[0].since, noon + 1us);
  EXPECT_EQ((*kept)[1].name, "c.example");
}

TEST_F(RocksStoreTest, ForgetsASiteThatItIsToldToForget) {
  const auto id = accept({"a.example"});
  auto after = loaded({id, 1});
  after.attempts = 1;
  const SiteLesson lesson{.site = "mx.a.example", .age = 5min, .at = noon};
  ASSERT_TRUE(run(store_->settle({.after = after, .learned = lesson})));
  ASSERT_EQ(run(store_->sites("", 10))->size(), 1U);

  ASSERT_TRUE(run(store_->forget_site("mx.a.example")));

  EXPECT_TRUE(run(store_->sites("", 10))->empty());
}

TEST_F(RocksStoreTest, IsBusyAtOnceWhenTheDiskFallsBehind) {
  const auto id = accept({"a.example"});
  std::promise<void> gate;
  store_->on_due_entries(
      [opened = gate.get_future().share()](const std::vector<DueEntry>&) { opened.wait(); });
  boost::asio::io_context loop;
  TaskGroup tasks(loop.get_executor());
  std::vector<std::optional<Result<>>> results(12'500);

  for (auto& result : results) {
    tasks.spawn("write",
                keep_in(store_->reschedule({id, 1}, noon + 1s, Mover::an_operator), &result));
  }
  while (loop.poll() > 0) {
  }
  const auto refused = std::count_if(results.begin(), results.end(), [](const auto& result) {
    return result && !*result && result->error().fault == Fault::busy;
  });
  gate.set_value();
  loop.run();

  // 10 000 may wait, and up to 2 000 are in the batch that the listener holds up.
  EXPECT_GE(refused, 500);
  EXPECT_LE(refused, 2'499);
  const auto done = std::count_if(
      results.begin(), results.end(), [](const auto& result) { return result->has_value(); });
  EXPECT_EQ(done + refused, 12'500);
}

TEST_F(RocksStoreTest, TakesNothingNewOnAnAlmostFullDiskButStillSettles) {
  const auto id = accept({"a.example"});
  store_.reset();
  settings_.reserve_disk_bytes = 1ULL << 60;
  open();

  const auto accepted = run(store_->accept(a_message(store_->new_id(), {"b.example"}, noon)));
  const auto chunk = run(store_->add_chunk(store_->new_id(), 0, "bytes"));
  Settlement settlement{.after = closed(loaded({id, 1}))};
  const auto settled = run(store_->settle(settlement));

  ASSERT_FALSE(accepted);
  EXPECT_EQ(accepted.error().fault, Fault::disk_full);
  ASSERT_FALSE(chunk);
  EXPECT_EQ(chunk.error().fault, Fault::disk_full);
  ASSERT_TRUE(settled);
  EXPECT_EQ(count_entries(), 0U);
}

}  // namespace
}  // namespace greyhound::queue
