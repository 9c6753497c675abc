// What the tests of checks and repairs share: a store that is damaged while it is closed, what a
// check finds by name, and whether mail can still be had whole.
#pragma once

#include <map>

#include <gmock/gmock.h>

#include "queue/integrity.hpp"
#include "queue/record_codec.hpp"
#include "unit/queue/queue_fixture.hpp"

namespace greyhound::queue {

class IntegrityTest : public QueueTest {
 protected:
  using Found = std::map<std::string, std::uint64_t>;  // name of the finding, how often

  static Found found_in(const IntegrityReport& report) {
    Found found;
    for (std::size_t i = 0; i < finding_count; ++i) {
      if (report.totals[i] == 0) continue;
      found[std::string(to_string(static_cast<Finding>(i)))] = report.totals[i];
    }
    return found;
  }

  IntegrityReport check() {
    const auto report = check_integrity(settings_, log_, {});
    EXPECT_TRUE(report) << report.error().what;
    return report ? *report : IntegrityReport();
  }
  Found found() { return found_in(check()); }

  // Closes the store for it.
  IntegrityReport repair() {
    store_.reset();
    const auto report = repair_queue(settings_, clock_, log_, {});
    EXPECT_TRUE(report) << report.error().what;
    return report ? *report : IntegrityReport();
  }

  void erase(Family family, const std::string& key) {
    store_.reset();
    auto database = RocksDatabase::open(settings_, OpenMode::read_write);
    ASSERT_TRUE(database);
    RocksBatch batch(**database);
    batch.erase(family, key);
    ASSERT_TRUE((*database)->write(batch, Durability::synced));
  }

  std::optional<std::string> stored(Family family, const std::string& key) {
    auto database = RocksDatabase::open(settings_, OpenMode::read_only);
    EXPECT_TRUE(database);
    auto value = (*database)->get(family, key);
    return value ? std::optional(*value) : std::nullopt;
  }

  // All in tables and blob files, nothing left in the log.
  void flush_to_tables() {
    store_.reset();
    auto database = RocksDatabase::open(settings_, OpenMode::read_write);
    ASSERT_TRUE(database);
    ASSERT_TRUE((*database)->compact());
  }

  // As the dispatcher has it: found by its due, loaded, read, settled.
  void expect_deliverable(DeliveryId id) {
    if (!store_) open();
    ASSERT_TRUE(store_);
    const auto entries = due();
    EXPECT_THAT(entries, testing::Contains(testing::Field(&DueEntry::position, position_is(id))));
    const auto found = run(store_->load(id));
    ASSERT_TRUE(found) << found.error().what;
    std::uint64_t bytes = 0;
    for (std::uint32_t chunk = 0; chunk < found->message.chunks; ++chunk) {
      const auto read = run(store_->chunk(id.message, chunk));
      ASSERT_TRUE(read) << read.error().what;
      bytes += read->size();
    }
    EXPECT_EQ(bytes, found->message.size_bytes);
    const Settlement settlement{.after = closed(found->delivery)};
    const auto settled = run(store_->settle(settlement));
    EXPECT_TRUE(settled) << settled.error().what;
  }

  std::vector<std::string> quarantined() {
    if (!store_) open();
    std::vector<std::string> ids;
    const auto page = run(store_->quarantined(std::nullopt, 1000));
    EXPECT_TRUE(page);
    for (const auto& one : page->deliveries)
      ids.push_back(one.id.to_string() + ": " + one.why);
    return ids;
  }

 private:
  static testing::Matcher<const DuePosition&> position_is(DeliveryId id) {
    return testing::Field(&DuePosition::id, id);
  }
};

}  // namespace greyhound::queue
