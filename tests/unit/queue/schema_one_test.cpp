// A queue of schema 1, as the version before this one left it: read as it is, and upgraded by the
// first who writes.
#include <rocksdb/db.h>

#include "unit/queue/integrity_fixture.hpp"

namespace greyhound::queue {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class SchemaOneTest : public IntegrityTest {
 protected:
  // Closes the store and takes away what schema 2 brought.
  void make_schema_one() {
    store_.reset();
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto family : all_families)
      families.emplace_back(std::string(to_string(family)), rocksdb::ColumnFamilyOptions());
    families.emplace_back("default", rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    const auto queue_env = env();
    rocksdb::DBOptions options;
    options.env = queue_env.get();
    options.track_and_verify_wals_in_manifest = true;
    const auto folder = settings_.folder.string();
    ASSERT_TRUE(rocksdb::DB::Open(options, folder, families, &handles, &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    for (auto* handle : handles) {
      const auto name = handle->GetName();
      const bool is_new = name == "sites" || name == "ledger" || name == "quarantine";
      auto done = rocksdb::Status::OK();
      if (is_new) done = db->DropColumnFamily(handle);
      if (name == "meta") done = db->Put({}, handle, "schema", "1");
      ASSERT_TRUE(done.ok()) << done.ToString();
    }
    for (auto* handle : handles)
      ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
  }
};

TEST_F(SchemaOneTest, IsReadAsItIs) {
  const auto id = accept({"a.example"});
  make_schema_one();

  auto opened = open_rocks_store(settings_, OpenMode::read_only, clock_, log_);
  ASSERT_TRUE(opened) << opened.error().what;
  store_ = std::move(*opened);

  EXPECT_EQ(loaded({id, 1}).domain, "a.example");
  EXPECT_THAT(run(store_->ledger(std::nullopt, 10))->lines, IsEmpty());
  EXPECT_THAT(*run(store_->sites("", 10)), IsEmpty());
  EXPECT_THAT(run(store_->quarantined(std::nullopt, 10))->deliveries, IsEmpty());
  store_.reset();
  EXPECT_EQ(check().schema, 1U);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(SchemaOneTest, IsUpgradedByTheFirstWhoWrites) {
  const auto id = accept({"a.example"});
  make_schema_one();

  open();

  EXPECT_TRUE(log_.has("queue_upgraded from_schema=1 to_schema=3"));
  EXPECT_EQ(check().schema, 3U);
  EXPECT_THAT(due(), SizeIs(1));
  ASSERT_TRUE(run(store_->quarantine(due()[0], "for a test")));
  EXPECT_THAT(quarantined(), testing::ElementsAre(id.to_string() + "-1: for a test"));
}

TEST_F(SchemaOneTest, OfSchema2WhoseEntriesTellOfNoKeysIsUpgradedAsWell) {
  const auto id = accept({"a.example"});
  store_.reset();
  overwrite(Family::meta, "schema", "2");

  open();

  EXPECT_TRUE(log_.has("queue_upgraded from_schema=2 to_schema=3"));
  EXPECT_EQ(loaded({id, 1}).domain, "a.example");
}

}  // namespace
}  // namespace greyhound::queue
