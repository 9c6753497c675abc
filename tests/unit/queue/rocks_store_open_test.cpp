// Opening and reopening: what is kept, what is swept, what is refused.
#include <fstream>

#include <gmock/gmock.h>
#include <rocksdb/db.h>

#include "unit/queue/queue_fixture.hpp"

namespace greyhound::queue {
namespace {

class OpenTest : public QueueTest {
 protected:
  Result<std::unique_ptr<Store>> try_open(OpenMode mode) {
    return open_rocks_store(settings_, mode, clock_, log_);
  }

  // The one that has something in it.
  static std::filesystem::path log_in(const std::filesystem::path& folder) {
    std::filesystem::path found;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.path().extension() == ".log" && bytes_in_log(file.path()) > 0) found = file.path();
    }
    EXPECT_FALSE(found.empty());
    return found;
  }
  static std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // As the disk has it while the store is open.
  void go_on_with_copy() {
    const auto copy = folder_.path() / "copy";
    std::filesystem::copy(settings_.folder, copy, std::filesystem::copy_options::recursive);
    settings_.folder = copy;
  }
};

TEST_F(OpenTest, KeepsDueTimesToTheMicrosecond) {
  const auto due_at = noon + 600s + 123457us;
  const auto id = accept({"a.example"}, due_at);

  reopen();

  const auto entries = due();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].position, (DuePosition{due_at, {id, 1}}));
  EXPECT_EQ(loaded({id, 1}).due, due_at);
}

TEST_F(OpenTest, GivesIdsThatGrowEvenIfTheLastMessageIsGoneAndTheClockWasSetBack) {
  const auto id = accept({"a.example"});
  Settlement settlement{.after = closed(loaded({id, 1}))};
  ASSERT_TRUE(run(store_->settle(settlement)));

  clock_.set_wall(noon - 24h);
  reopen();

  EXPECT_GT(store_->new_id(), id);
}

TEST_F(OpenTest, SweepsTheChunksOfMessagesThatNeverArrived) {
  const auto kept = accept({"a.example"});
  const auto lost = store_->new_id();
  ASSERT_TRUE(run(store_->add_chunk(lost, 0, std::string(5000, 'x'))));
  ASSERT_TRUE(run(store_->add_chunk(lost, 1, "two")));
  const auto entries_of_kept = 7U;  // message, 2 chunks, delivery, 3 index entries

  reopen();

  EXPECT_EQ(run(store_->chunk(lost, 0)).error().fault, Fault::not_found);
  EXPECT_EQ(run(store_->chunk(lost, 1)).error().fault, Fault::not_found);
  EXPECT_EQ(*run(store_->chunk(kept, 1)), "Hello\r\n");
  EXPECT_EQ(count_entries(), entries_of_kept);
  EXPECT_TRUE(log_.has("queue_swept unfinished_messages=1"));
}

TEST_F(OpenTest, KeepsTheChunksOfAMessageThatArrivedInPieces) {
  auto message = a_message(store_->new_id(), {"a.example"}, noon);
  ASSERT_TRUE(run(store_->add_chunk(message.message.id, 0, "one")));
  message.body.clear();
  message.message.chunks = 1;
  ASSERT_TRUE(run(store_->accept(message)));

  reopen();

  EXPECT_EQ(*run(store_->chunk(message.message.id, 0)), "one");
}

TEST_F(OpenTest, NeverSweepsTheBodyOfAStoredMessage) {
  const auto id = accept({"a.example"});
  overwrite(Family::incoming, message_key(id), "");

  open();

  EXPECT_EQ(*run(store_->chunk(id, 1)), "Hello\r\n");
  EXPECT_EQ(count_entries(), 7U);
}

TEST_F(OpenTest, RefusesASecondProcessByName) {
  const auto second = try_open(OpenMode::read_write);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().fault, Fault::busy);
  EXPECT_THAT(second.error().what, testing::HasSubstr(settings_.folder.string()));
}

TEST_F(OpenTest, RefusesANewerSchemaByNumber) {
  overwrite(Family::meta, "schema", "7");

  for (const auto mode : {OpenMode::read_write, OpenMode::read_only}) {
    const auto opened = try_open(mode);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().fault, Fault::config);
    EXPECT_EQ(opened.error().what,
              "queue schema 7 is newer than 3, the newest that this version knows: install a newer "
              "greyhound");
  }
}

TEST_F(OpenTest, RefusesANewerSchemaThatHasMoreColumnFamilies) {
  overwrite(Family::meta, "schema", "4");
  std::vector<std::string> names;
  const auto folder = settings_.folder.string();
  const auto queue_env = env();
  rocksdb::DBOptions options;
  options.env = queue_env.get();
  ASSERT_TRUE(rocksdb::DB::ListColumnFamilies(options, folder, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.reserve(names.size());
  for (const auto& name : names)
    families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* raw = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, folder, families, &handles, &raw).ok());
  std::unique_ptr<rocksdb::DB> db(raw);
  handles.push_back(nullptr);
  ASSERT_TRUE(db->CreateColumnFamily({}, "from_the_future", &handles.back()).ok());
  for (auto* handle : handles)
    ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
  db.reset();

  for (const auto mode : {OpenMode::read_write, OpenMode::read_only}) {
    const auto opened = try_open(mode);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().fault, Fault::config);
    EXPECT_THAT(opened.error().what, testing::StartsWith("queue schema 4 is newer than 3"));
  }
}

TEST_F(OpenTest, RefusesASchemaNumberThatIsNone) {
  for (const auto* schema : {"", "x", "0", "-1", "1 "}) {
    overwrite(Family::meta, "schema", "1");
    overwrite(Family::meta, "schema", schema);
    const auto opened = try_open(OpenMode::read_write);
    ASSERT_FALSE(opened) << schema;
    EXPECT_EQ(opened.error().fault, Fault::corrupt) << schema;
    std::filesystem::remove_all(settings_.folder);
  }
}

TEST_F(OpenTest, CreatesAFolderThatOnlyItsOwnerMayRead) {
  const auto permissions = std::filesystem::status(settings_.folder).permissions();

  EXPECT_EQ(permissions, std::filesystem::perms::owner_all);
}

TEST_F(OpenTest, SaysWhereAFolderCannotBeMade) {
  std::ofstream(folder_.path() / "file") << "not a folder";
  settings_.folder = folder_.path() / "file" / "queue";

  const auto opened = try_open(OpenMode::read_write);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::disk);
  EXPECT_THAT(opened.error().what, testing::HasSubstr(settings_.folder.string()));
}

TEST_F(OpenTest, ReadsOnlyWhileNobodyHasItOpen) {
  const auto id = accept({"a.example"});
  store_.reset();

  auto opened = try_open(OpenMode::read_only);

  ASSERT_TRUE(opened) << opened.error().what;
  store_ = std::move(*opened);
  EXPECT_EQ(loaded({id, 1}).domain, "a.example");
  EXPECT_EQ(due().size(), 1U);
}

TEST_F(OpenTest, ReadsOnlyNextToALiveAgentAndSeesWhatIsNotFlushedYet) {
  const auto id = accept({"a.example"});

  auto opened = try_open(OpenMode::read_only);
  ASSERT_TRUE(opened) << opened.error().what;
  const auto seen = run((*opened)->load({id, 1}));
  const auto bytes = run((*opened)->chunk(id, 1));
  opened->reset();
  const auto later = accept({"b.example"});

  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->delivery.domain, "a.example");
  EXPECT_EQ(*bytes, "Hello\r\n");
  EXPECT_EQ(loaded({later, 1}).domain, "b.example");
}

TEST_F(OpenTest, ReadsOnlyNextToALiveAgentThatHasChangedItsLogFile) {
  store_.reset();
  settings_.memory_bytes = 4 << 20;
  open();
  const auto first = accept({"a.example"});
  for (int i = 0; i < 30; ++i) {
    auto message = a_message(store_->new_id(), {"b.example"}, noon);
    message.body = {std::string(400'000, 'x')};
    ASSERT_TRUE(run(store_->accept(std::move(message))));
  }

  auto opened = try_open(OpenMode::read_only);
  ASSERT_TRUE(opened) << opened.error().what;

  EXPECT_TRUE(run((*opened)->load({first, 1})));
  EXPECT_EQ(run((*opened)->list(std::nullopt, 100))->deliveries.size(), 31U);
}

TEST_F(OpenTest, RefusesEveryWriteWhenOpenedReadOnly) {
  const auto id = accept({"a.example"});
  store_.reset();
  auto opened = try_open(OpenMode::read_only);
  ASSERT_TRUE(opened);
  auto& store = **opened;

  const auto accepted = run(store.accept(a_message(store.new_id(), {"b.example"}, noon)));
  Settlement settlement{.after = a_delivery(id, 1, "a.example", noon)};
  const auto settled = run(store.settle(settlement));

  ASSERT_FALSE(accepted);
  EXPECT_EQ(accepted.error().fault, Fault::config);
  EXPECT_EQ(accepted.error().what, "store is opened read-only");
  EXPECT_EQ(settled.error().fault, Fault::config);
  EXPECT_EQ(run(store.reschedule({id, 1}, noon, Mover::an_operator)).error().fault, Fault::config);
  EXPECT_EQ(run(store.add_chunk(id, 0, "")).error().fault, Fault::config);
  EXPECT_EQ(run(store.discard_chunks(id, 1)).error().fault, Fault::config);
  EXPECT_EQ(run(store.mark_dot_sent({.id = {id, 1}, .sent = DotSent{noon, {}}})).error().fault,
            Fault::config);
}

TEST_F(OpenTest, SaysThatThereIsNoQueueToRead) {
  settings_.folder = folder_.path() / "elsewhere";

  const auto opened = try_open(OpenMode::read_only);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::not_found);
  EXPECT_FALSE(std::filesystem::exists(settings_.folder));
}

TEST_F(OpenTest, GoesOnPastARecordThatDoesNotDecode) {
  const auto bad = accept({"a.example"}, noon);
  const auto good = accept({"b.example", "c.example"}, noon + 1s);
  overwrite(Family::deliveries, delivery_key({bad, 1}), "no record");
  open();

  const auto load = run(store_->load({bad, 1}));
  const auto page = run(store_->list(std::nullopt, 2));
  Settlement settlement{.after = a_delivery(bad, 1, "a.example", noon)};
  const auto settled = run(store_->settle(settlement));

  ASSERT_FALSE(load);
  EXPECT_EQ(load.error().fault, Fault::corrupt);
  ASSERT_FALSE(settled);
  EXPECT_EQ(settled.error().fault, Fault::corrupt);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->deliveries.size(), 2U);
  EXPECT_EQ(page->deliveries[0].message.id, good);
  EXPECT_EQ(due().size(), 3U);
  EXPECT_TRUE(run(store_->load({good, 1})));
  EXPECT_TRUE(log_.has("queue_record_corrupt"));
  EXPECT_TRUE(log_.has(bad.to_string()));
}

TEST_F(OpenTest, GoesOnPastAMessageRecordAndAKeyThatDoNotDecode) {
  const auto bad = accept({"a.example"}, noon);
  const auto good = accept({"b.example"}, noon + 1s);
  overwrite(Family::messages, message_key(bad), "no record");
  overwrite(Family::due, std::string("\x80\x01short"), "a.example");
  overwrite(Family::deliveries, "short", "");
  open();

  const auto page = run(store_->list(std::nullopt, 10));

  EXPECT_EQ(run(store_->load({bad, 1})).error().fault, Fault::corrupt);
  EXPECT_EQ(run(store_->load_message(bad)).error().fault, Fault::corrupt);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->deliveries.size(), 1U);
  EXPECT_EQ(page->deliveries[0].message.id, good);
  EXPECT_EQ(due().size(), 2U);
  EXPECT_TRUE(log_.has("queue_key_corrupt family=due"));
  EXPECT_TRUE(log_.has("queue_key_corrupt family=deliveries"));
}

TEST_F(OpenTest, StopsAtALogThatWasDamagedInTheMiddle) {
  for (int i = 0; i < 20; ++i)
    accept({"a.example"});
  go_on_with_copy();
  const auto log_file = log_in(settings_.folder);
  auto log = content_of(log_file);
  const auto place = log.find("a.example", 3000);
  log[place] = static_cast<char>(log[place] ^ 0x10);
  std::ofstream(log_file, std::ios::binary) << log;

  const auto opened = try_open(OpenMode::read_write);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::corrupt);
}

TEST_F(OpenTest, ReadsALogThatAnOlderVersionWrote) {
  const auto id = accept({"a.example"});
  go_on_with_copy();
  const auto log_file = log_in(settings_.folder);
  std::unique_ptr<rocksdb::SequentialFile> log;
  ASSERT_TRUE(env()->NewSequentialFile(log_file.string(), &log, {}).ok());
  std::string plain(bytes_in_log(log_file), '\0');
  rocksdb::Slice read;
  ASSERT_TRUE(log->Read(plain.size(), &read, plain.data()).ok());
  std::ofstream(log_file, std::ios::binary) << plain;

  store_.reset();
  open();

  EXPECT_EQ(loaded({id, 1}).domain, "a.example");
}

// An older version opens as this does, but knows no frames.
TEST_F(OpenTest, LeavesALogThatAnOlderVersionRefusesInsteadOfPassingOverIt) {
  accept({"a.example"});
  store_.reset();
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const auto family : all_families)
    families.emplace_back(std::string(to_string(family)), rocksdb::ColumnFamilyOptions());
  families.emplace_back("default", rocksdb::ColumnFamilyOptions());
  rocksdb::DBOptions options;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* raw = nullptr;

  const auto folder = settings_.folder.string();
  const auto opened = rocksdb::DB::Open(options, folder, families, &handles, &raw);

  EXPECT_TRUE(opened.IsCorruption()) << opened.ToString();
}

}  // namespace
}  // namespace greyhound::queue
