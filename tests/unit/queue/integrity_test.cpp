// For each kind of damage: a check names it, a repair puts aside what is of no use and nothing
// else, the rest of the mail goes on, and a second check finds nothing.
#include "queue/side_records.hpp"
#include "unit/queue/integrity_fixture.hpp"

namespace greyhound::queue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

TEST_F(IntegrityTest, FindsNothingInASoundQueueAndCountsWhatIsThere) {
  accept({"a.example", "b.example"});
  auto tried = a_message(store_->new_id(), {"c.example"}, noon);
  tried.deliveries[0].attempts = 1;
  tried.deliveries[0].attempted = noon;
  ASSERT_TRUE(run(store_->accept(tried)));
  auto held = a_message(store_->new_id(), {"d.example"}, noon);
  held.deliveries[0].is_held = true;
  ASSERT_TRUE(run(store_->accept(held)));
  ASSERT_TRUE(run(store_->add_chunk(store_->new_id(), 0, "coming in")));

  const auto report = check();

  EXPECT_THAT(found_in(report), IsEmpty());
  EXPECT_TRUE(report.is_clean());
  EXPECT_EQ(report.schema, 3U);
  EXPECT_EQ(report.entries[static_cast<std::size_t>(Family::messages)], 3U);
  EXPECT_EQ(report.entries[static_cast<std::size_t>(Family::bodies)], 7U);
  EXPECT_EQ(report.entries[static_cast<std::size_t>(Family::due)], 3U);
  EXPECT_EQ(report.deliveries.fresh, 2U);
  EXPECT_EQ(report.deliveries.waiting, 1U);
  EXPECT_EQ(report.deliveries.held, 1U);
  EXPECT_EQ(report.content_bytes, 3 * std::string("Subject: test\r\n\r\nHello\r\n").size());
}

TEST_F(IntegrityTest, LeavesASoundQueueAsItIs) {
  const auto id = accept({"a.example"});

  const auto report = repair();

  EXPECT_TRUE(report.is_clean());
  EXPECT_EQ(report.repaired, 0U);
  EXPECT_FALSE(report.kept_copy);
  expect_deliverable({id, 1});
}

TEST_F(IntegrityTest, QuarantinesADeliveryThatDoesNotDecode) {
  const auto bad = accept({"a.example", "b.example"});
  const auto good = accept({"c.example"});
  overwrite(Family::deliveries, delivery_key({bad, 1}), "no record");

  EXPECT_THAT(found(),
              ElementsAre(Pair("delivery_unreadable", 1), Pair("entry_without_delivery", 3)));
  const auto report = repair();

  EXPECT_EQ(report.total(Finding::delivery_unreadable), 1U);
  EXPECT_EQ(report.deliveries.quarantined, 0U);
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(check().deliveries.quarantined, 1U);
  EXPECT_THAT(quarantined(), ElementsAre(HasSubstr(bad.to_string() + "-1: ")));
  store_.reset();
  const auto kept =
      stored(Family::quarantine, quarantine_key("deliveries", delivery_key({bad, 1})));
  ASSERT_TRUE(kept);
  EXPECT_EQ(decode_quarantine_record(*kept)->bytes, "no record");
  expect_deliverable({bad, 2});
  expect_deliverable({good, 1});
}

TEST_F(IntegrityTest, QuarantinesTheDeliveriesOfAMessageThatDoesNotDecodeAndKeepsItsContent) {
  const auto bad = accept({"a.example", "b.example"});
  const auto good = accept({"c.example"});
  overwrite(Family::messages, message_key(bad), "no record");

  EXPECT_THAT(found(),
              ElementsAre(Pair("delivery_without_message", 2), Pair("message_unreadable", 1)));
  repair();

  EXPECT_THAT(found(), IsEmpty());
  EXPECT_THAT(quarantined(), SizeIs(2));
  EXPECT_EQ(*run(store_->chunk(bad, 1)), "Hello\r\n");
  expect_deliverable({good, 1});
}

TEST_F(IntegrityTest, QuarantinesTheDeliveriesOfAMessageThatIsMissingWithItsContent) {
  const auto bad = accept({"a.example"});
  const auto good = accept({"c.example"});
  erase(Family::messages, message_key(bad));

  EXPECT_THAT(found(),
              ElementsAre(Pair("content_without_message", 2), Pair("delivery_without_message", 1)));
  repair();

  EXPECT_THAT(found(), IsEmpty());
  EXPECT_THAT(quarantined(), ElementsAre(bad.to_string() + "-1: its message is missing"));
  store_.reset();
  const auto kept = stored(Family::quarantine, quarantine_key("bodies", chunk_key(bad, 1)));
  ASSERT_TRUE(kept);
  EXPECT_EQ(decode_quarantine_record(*kept)->bytes, "Hello\r\n");
  expect_deliverable({good, 1});
}

TEST_F(IntegrityTest, QuarantinesTheDeliveriesOfAMessageThatLacksContent) {
  const auto bad = accept({"a.example", "b.example"});
  const auto good = accept({"c.example"});
  erase(Family::bodies, chunk_key(bad, 0));

  EXPECT_THAT(found(), ElementsAre(Pair("content_missing", 1)));
  repair();

  EXPECT_THAT(found(), IsEmpty());
  EXPECT_THAT(quarantined(),
              ElementsAre(bad.to_string() + "-1: chunk 0 is missing",
                          bad.to_string() + "-2: chunk 0 is missing"));
  EXPECT_THAT(due(), SizeIs(1));
  EXPECT_EQ(*run(store_->chunk(bad, 1)), "Hello\r\n");
  expect_deliverable({good, 1});
}

TEST_F(IntegrityTest, QuarantinesTheDeliveriesOfAMessageWithContentOfAnotherSize) {
  const auto bad = accept({"a.example"});
  const auto good = accept({"c.example"});
  overwrite(Family::bodies, chunk_key(bad, 1), "Hel");

  EXPECT_THAT(found(), ElementsAre(Pair("content_size_wrong", 1)));
  repair();

  EXPECT_THAT(found(), IsEmpty());
  EXPECT_THAT(quarantined(), SizeIs(1));
  expect_deliverable({good, 1});
}

TEST_F(IntegrityTest, PutsAsideAChunkTooManyAndDeliversTheMessage) {
  const auto id = accept({"a.example"});
  overwrite(Family::bodies, chunk_key(id, 2), "more");

  EXPECT_THAT(found(), ElementsAre(Pair("content_without_message", 1)));
  repair();

  EXPECT_THAT(found(), IsEmpty());
  EXPECT_TRUE(stored(Family::quarantine, quarantine_key("bodies", chunk_key(id, 2))));
  expect_deliverable({id, 1});
}

TEST_F(IntegrityTest, PutsTheCountOfOpenDeliveriesRight) {
  const auto id = accept({"a.example", "b.example", "c.example"});
  auto message = run(store_->load_message(id))->message;
  message.open_deliveries = 1;
  overwrite(Family::messages, message_key(id), encode(message));

  EXPECT_THAT(found(), ElementsAre(Pair("message_count_wrong", 1)));
  repair();

  EXPECT_THAT(found(), IsEmpty());
  expect_deliverable({id, 1});
  expect_deliverable({id, 2});
  expect_deliverable({id, 3});
  EXPECT_EQ(run(store_->load_message(id)).error().fault, Fault::not_found);
}

TEST_F(IntegrityTest, CountsADeliveryThatTheAgentQuarantinedAsOpen) {
  const auto id = accept({"a.example", "b.example"});
  ASSERT_TRUE(run(store_->quarantine(due()[0], "for a test")));

  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(check().deliveries.quarantined, 1U);
  expect_deliverable({id, 2});
}

TEST_F(IntegrityTest, KeepsWhatWasQuarantinedBeforeUnderTheSameKey) {
  const auto id = accept({"a.example"});
  const auto key = delivery_key({id, 1});
  const auto earlier = encode(QuarantineRecord{.at = noon, .why = "once", .bytes = "earlier"});
  overwrite(Family::quarantine, quarantine_key("deliveries", key), earlier);
  overwrite(Family::deliveries, key, "later");

  repair();

  EXPECT_THAT(found(), IsEmpty());
  const auto place = quarantine_key("deliveries", key);
  EXPECT_EQ(decode_quarantine_record(*stored(Family::quarantine, place))->bytes, "later");
  EXPECT_EQ(stored(Family::quarantine, quarantine_key("quarantine", place)), earlier);
}

TEST_F(IntegrityTest, QuarantinesAMessageWithoutDeliveriesAndADeliveryWithoutOpenRecipients) {
  const auto alone = accept({"a.example"});
  const auto done = accept({"b.example"});
  const auto good = accept({"c.example"});
  const auto delivery = loaded({alone, 1});
  overwrite(Family::deliveries,
            delivery_key({done, 1}),
            encode(closed(a_delivery(done, 1, "b.example", noon))));
  erase(Family::deliveries, delivery_key({alone, 1}));
  erase(Family::due, due_key({delivery.due, delivery.id}));
  erase(Family::expiry, due_key({delivery.expires, delivery.id}));
  erase(Family::domains, domain_due_key("a.example", {delivery.due, delivery.id}));

  EXPECT_THAT(found(),
              ElementsAre(Pair("delivery_closed", 1), Pair("message_without_delivery", 1)));
  repair();

  EXPECT_THAT(found(), IsEmpty());
  EXPECT_TRUE(stored(Family::quarantine, quarantine_key("messages", message_key(alone))));
  EXPECT_TRUE(stored(Family::bodies, chunk_key(alone, 0)));
  expect_deliverable({good, 1});
}

TEST_F(IntegrityTest, WritesIndexEntriesThatAreMissingOrWrongAndRemovesThoseThatLie) {
  const auto id = accept({"a.example"}, noon);
  const auto other = accept({"b.example"}, noon + 1s);
  const DuePosition place{noon, {id, 1}};
  erase(Family::due, due_key(place));
  erase(Family::domains, domain_due_key("a.example", place));
  overwrite(Family::expiry, due_key({noon + 120h, {id, 1}}), "z.example");
  overwrite(Family::due, due_key({noon - 1h, {other, 1}}), "b.example");
  overwrite(Family::due, due_key({noon, {other, 9}}), "b.example");
  overwrite(Family::expiry, "no key", "b.example");

  EXPECT_THAT(found(),
              ElementsAre(Pair("entry_missing", 2),
                          Pair("entry_without_delivery", 2),
                          Pair("entry_wrong", 1),
                          Pair("key_malformed", 1)));
  repair();

  EXPECT_THAT(found(), IsEmpty());
  open();
  EXPECT_THAT(due(), SizeIs(2));
  EXPECT_THAT(run(store_->expired(std::nullopt, noon + 9000h, 10)).value(), SizeIs(2));
  EXPECT_THAT(run(store_->due_in_domain("a.example", std::nullopt, noon, 10)).value(), SizeIs(1));
  expect_deliverable({id, 1});
  expect_deliverable({other, 1});
}

TEST_F(IntegrityTest, TakesAHeldDeliveryOutOfTheIndexes) {
  const auto id = accept({"a.example"});
  auto delivery = loaded({id, 1});
  delivery.is_held = true;
  overwrite(Family::deliveries, delivery_key({id, 1}), encode(delivery));

  EXPECT_THAT(found(), ElementsAre(Pair("entry_without_delivery", 3)));
  repair();

  EXPECT_THAT(found(), IsEmpty());
  open();
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_TRUE(loaded({id, 1}).is_held);
}

TEST_F(IntegrityTest, TakesTheEntriesOfSchemaOneThatTellOnlyTheDomain) {
  const auto id = accept({"a.example"});
  auto delivery = loaded({id, 1});
  delivery.attempted = noon;
  overwrite(Family::deliveries, delivery_key({id, 1}), encode(delivery));

  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(IntegrityTest, LowersAFloorThatHidesEntries) {
  const auto id = accept({"a.example"});
  const auto floor = due_key({noon + 1h, {id, 1}});
  overwrite(Family::meta, "due_floor", floor);
  overwrite(Family::meta, "expiry_floor", "no key");

  EXPECT_THAT(found(), ElementsAre(Pair("floor_too_high", 2)));
  repair();

  EXPECT_THAT(found(), IsEmpty());
  expect_deliverable({id, 1});
}

TEST_F(IntegrityTest, RaisesTheLastIdToTheHighestThatIsThere) {
  const auto id = accept({"a.example"});
  for (const auto* last : {"5", "no number"}) {
    overwrite(Family::meta, "last_id", last);

    EXPECT_THAT(found(), ElementsAre(Pair("last_id_too_low", 1)));
    repair();

    EXPECT_THAT(found(), IsEmpty());
    clock_.set_wall(noon - 24h);
    open();
    EXPECT_GT(store_->new_id(), id);
  }
}

TEST_F(IntegrityTest, QuarantinesWhatDoesNotDecodeBesideTheMail) {
  const auto id = accept({"a.example"});
  const LedgerPosition line{noon, {id, 1}};
  overwrite(Family::ledger, ledger_key(line), "no line");
  overwrite(Family::sites, "mx.example", "no facts");
  const auto place = quarantine_key("deliveries", delivery_key({id, 7}));
  overwrite(Family::quarantine, place, "no record");
  overwrite(Family::deliveries, "short", "what is this");
  overwrite(Family::incoming, message_key(id), "");

  EXPECT_THAT(found(),
              ElementsAre(Pair("incoming_claimed", 1),
                          Pair("key_malformed", 1),
                          Pair("ledger_unreadable", 1),
                          Pair("message_count_wrong", 1),
                          Pair("quarantine_unreadable", 1),
                          Pair("site_unreadable", 1)));
  repair();

  EXPECT_THAT(found(), IsEmpty());
  EXPECT_TRUE(stored(Family::quarantine, quarantine_key("ledger", ledger_key(line))));
  EXPECT_TRUE(stored(Family::quarantine, quarantine_key("sites", "mx.example")));
  EXPECT_TRUE(stored(Family::quarantine, quarantine_key("deliveries", "short")));
  EXPECT_EQ(decode_quarantine_record(*stored(Family::quarantine, place))->bytes, "no record");
  expect_deliverable({id, 1});
}

TEST_F(IntegrityTest, CountsEveryProblemAndKeepsSomeExamples) {
  for (int i = 0; i < 50; ++i) {
    const auto id = accept({"a.example"});
    overwrite(Family::deliveries, delivery_key({id, 1}), "no record");
    open();
  }

  const auto report = check();

  EXPECT_EQ(report.total(Finding::delivery_unreadable), 50U);
  EXPECT_THAT(report.examples, SizeIs(2 * IntegrityReport::most_examples));
}

TEST_F(IntegrityTest, KeepsACopyOfTheFolderBeforeItChangesAnything) {
  const auto id = accept({"a.example"});
  overwrite(Family::deliveries, delivery_key({id, 1}), "no record");

  const auto report = repair();

  ASSERT_TRUE(report.kept_copy);
  EXPECT_EQ(report.kept_copy->filename(), "queue.before-repair-20260301T120000Z");
  settings_.folder = *report.kept_copy;
  EXPECT_EQ(found().at("delivery_unreadable"), 1U);
  EXPECT_EQ(stored(Family::deliveries, delivery_key({id, 1})), "no record");
}

TEST_F(IntegrityTest, ChecksNextToALiveAgentAndDoesNotRepairThere) {
  const auto id = accept({"a.example"});

  EXPECT_THAT(found(), IsEmpty());
  const auto repaired = repair_queue(settings_, clock_, log_, {});

  ASSERT_FALSE(repaired);
  EXPECT_EQ(repaired.error().fault, Fault::busy);
  expect_deliverable({id, 1});
}

TEST_F(IntegrityTest, TellsThatThereIsNoQueue) {
  settings_.folder = folder_.path() / "elsewhere";

  EXPECT_EQ(check_integrity(settings_, log_, {}).error().fault, Fault::not_found);
  EXPECT_EQ(repair_queue(settings_, clock_, log_, {}).error().fault, Fault::not_found);
  EXPECT_FALSE(std::filesystem::exists(settings_.folder));
}

TEST_F(IntegrityTest, TellsHowFarItIs) {
  accept({"a.example"});
  std::vector<std::string> steps;

  const auto report = check_integrity(
      settings_, log_, [&steps](const Progress& progress) { steps.push_back(progress.step); });

  ASSERT_TRUE(report);
  EXPECT_THAT(
      steps,
      ElementsAre(
          "tables", "messages", "due", "expiry", "domains", "sites", "ledger", "quarantine"));
}

}  // namespace
}  // namespace greyhound::queue
