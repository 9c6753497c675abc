// Damaged files: a torn log, flipped bits in log, tables and blobs. What cannot be used is refused
// or put aside with clear words, and the rest goes on.
#include <fstream>
#include <set>

#include <rocksdb/db.h>

#include "unit/queue/integrity_fixture.hpp"

namespace greyhound::queue {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;

class DamageTest : public IntegrityTest {
 protected:
  // As the machine would find the folder if it stopped now: the store is not closed for it.
  void lose_power() {
    const auto copy = folder_.path() / "after the crash";
    std::filesystem::copy(settings_.folder, copy, std::filesystem::copy_options::recursive);
    store_.reset();
    settings_.folder = copy;
  }

  std::filesystem::path largest(const std::string& extension) const {
    std::filesystem::path found;
    std::uint64_t most = 0;
    for (const auto& file : std::filesystem::directory_iterator(settings_.folder)) {
      if (file.path().extension() != extension || file.file_size() <= most) continue;
      most = file.file_size();
      found = file.path();
    }
    EXPECT_FALSE(found.empty()) << extension;
    return found;
  }

  std::set<std::string> files(const std::string& extension) const {
    std::set<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(settings_.folder)) {
      if (file.path().extension() == extension) names.insert(file.path().filename());
    }
    return names;
  }

  static std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static void flip_byte(const std::filesystem::path& path, std::uint64_t place) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(place));
    const auto byte = static_cast<char>(file.get() ^ 0x10);
    file.seekp(static_cast<std::streamoff>(place));
    file.put(byte);
  }

  // In the middle of what the log says, not in what a frame leaves empty.
  static void damage_log(const std::filesystem::path& log) {
    const auto place = content_of(log).find("a.example", 3000);
    ASSERT_NE(place, std::string::npos);
    flip_byte(log, place);
  }

  // Flips a byte within the first place where `text` stands, somewhere in a file of that extension.
  void flip_in(const std::string& extension, const std::string& text) {
    for (const auto& file : std::filesystem::directory_iterator(settings_.folder)) {
      if (file.path().extension() != extension) continue;
      const auto place = content_of(file.path()).find(text);
      if (place == std::string::npos) continue;
      flip_byte(file.path(), place + text.size() / 2);
      return;
    }
    FAIL() << "no such text in any " << extension;
  }

  // The only one of the family, after flush_to_tables().
  std::filesystem::path table_of(Family family) const {
    std::vector<std::string> names;
    for (const auto one : all_families)
      names.emplace_back(to_string(one));
    names.emplace_back("default");
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names)
      families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    const auto queue_env = env();
    rocksdb::DBOptions options;
    options.env = queue_env.get();
    options.track_and_verify_wals_in_manifest = true;
    const auto folder = settings_.folder.string();
    const auto opened = rocksdb::DB::OpenForReadOnly(options, folder, families, &handles, &raw);
    EXPECT_TRUE(opened.ok()) << opened.ToString();
    const std::unique_ptr<rocksdb::DB> db(raw);
    std::vector<rocksdb::LiveFileMetaData> tables;
    db->GetLiveFilesMetaData(&tables);
    for (auto* handle : handles)
      EXPECT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
    for (const auto& table : tables)
      if (table.column_family_name == to_string(family)) return table.db_path + table.name;
    ADD_FAILURE() << "no table of " << to_string(family);
    return {};
  }

  // Of bytes that zstd cannot make smaller, so that it stands in the file as it is.
  MessageId accept_large(char seed) {
    std::string bytes;
    std::uint64_t state = static_cast<unsigned char>(seed);
    while (bytes.size() < 4000) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      bytes.push_back(static_cast<char>(state >> 56));
    }
    auto message = a_message(store_->new_id(), {"large.example"}, noon);
    message.body = {bytes};
    EXPECT_TRUE(run(store_->accept(message)));
    return message.message.id;
  }
  std::string content_of(MessageId id) { return *run(store_->chunk(id, 0)); }

  // All at once, so that they share their syncs.
  std::vector<MessageId> accept_many(int count) {
    std::vector<MessageId> ids;
    std::vector<Awaitable<Result<>>> works;
    for (int i = 0; i < count; ++i) {
      ids.push_back(store_->new_id());
      const auto domain = "a" + std::to_string(i) + ".example";
      works.push_back(store_->accept(a_message(ids.back(), {domain}, noon)));
    }
    for (const auto& accepted : run_all(std::move(works)))
      EXPECT_TRUE(accepted);
    return ids;
  }
};

TEST_F(DamageTest, DropsTheTornEndOfTheLogAndNothingElse) {
  std::vector<MessageId> ids;
  for (int i = 0; i < 20; ++i)
    ids.push_back(accept({"a.example"}));
  lose_power();
  const auto log = largest(".log");
  auto bytes = content_of(log);
  const auto last = bytes.find_last_not_of('\0');
  std::filesystem::resize_file(log, last - 20);

  open();

  for (std::size_t i = 0; i + 1 < ids.size(); ++i)
    EXPECT_TRUE(run(store_->load({ids[i], 1}))) << i;
  EXPECT_EQ(run(store_->load({ids.back(), 1})).error().fault, Fault::not_found);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(DamageTest, HasEverythingThatWasSyncedIfTheEndOfTheLogIsGarbage) {
  std::vector<MessageId> ids;
  for (int i = 0; i < 20; ++i)
    ids.push_back(accept({"a.example"}));
  lose_power();
  const auto log = largest(".log");
  const auto last = content_of(log).find_last_not_of('\0');
  std::filesystem::resize_file(log, last + 1);
  std::ofstream(log, std::ios::app | std::ios::binary) << std::string("\x12\x34\x56", 3);

  open();

  for (const auto id : ids)
    EXPECT_TRUE(run(store_->load({id, 1})));
}

TEST_F(DamageTest, RefusesALogThatIsDamagedInTheMiddleNamingTheFileAndTheWayOut) {
  for (int i = 0; i < 20; ++i)
    accept({"a.example"});
  lose_power();
  const auto log = largest(".log");
  damage_log(log);

  const auto for_writing = open_rocks_store(settings_, OpenMode::read_write, clock_, log_);
  const auto report = check();

  ASSERT_FALSE(for_writing);
  EXPECT_EQ(for_writing.error().fault, Fault::corrupt);
  EXPECT_THAT(for_writing.error().what,
              AllOf(HasSubstr(log.filename().string() + " is damaged in the middle"),
                    HasSubstr("nothing was changed"),
                    HasSubstr("greyhound db check --repair"),
                    HasSubstr("greyhound db restore")));
  EXPECT_EQ(report.total(Finding::open_refused), 1U);
  EXPECT_THAT(report.examples[0].what, HasSubstr(log.filename().string()));
}

TEST_F(DamageTest, SavesWhatCanBeReadOfADamagedLogAndKeepsACopyOfTheFolder) {
  std::vector<MessageId> ids;
  for (int i = 0; i < 20; ++i)
    ids.push_back(accept({"a.example"}));
  lose_power();
  const auto log = largest(".log");
  damage_log(log);
  const auto damaged = content_of(log);

  const auto report = repair();

  EXPECT_EQ(report.total(Finding::open_refused), 1U);
  EXPECT_GE(report.total(Finding::log_damaged), 1U);
  ASSERT_TRUE(report.kept_copy);
  EXPECT_EQ(content_of(*report.kept_copy / log.filename()), damaged);
  EXPECT_THAT(found(), IsEmpty());
  open();
  int saved = 0;
  for (const auto id : ids)
    if (run(store_->load({id, 1}))) ++saved;
  EXPECT_GE(saved, 1);
  EXPECT_LT(saved, 20);
  for (const auto& entry : due())
    expect_deliverable(entry.position.id);
}

TEST_F(DamageTest, GivesCorruptForAChunkInADamagedBlobFileAndReadsAllElse) {
  const auto bad = accept_large('b');
  const auto good = accept_large('g');
  const auto small = accept({"a.example"});
  const auto text = content_of(bad).substr(1000, 100);
  flush_to_tables();
  flip_in(".blob", text);

  open();

  EXPECT_EQ(run(store_->chunk(bad, 0)).error().fault, Fault::corrupt);
  EXPECT_TRUE(run(store_->load({bad, 1})));
  EXPECT_EQ(content_of(good).size(), 4000U);
  expect_deliverable({good, 1});
  expect_deliverable({small, 1});
}

TEST_F(DamageTest, QuarantinesTheMessageWhoseBlobIsDamagedAndCompactsAfterwards) {
  const auto bad = accept_large('b');
  const auto good = accept_large('g');
  const auto text = content_of(bad).substr(1000, 100);
  flush_to_tables();
  flip_in(".blob", text);

  EXPECT_THAT(found(), testing::ElementsAre(testing::Pair("content_unreadable", 1)));
  const auto report = repair();

  ASSERT_TRUE(report.kept_copy);
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_THAT(quarantined(),
              testing::ElementsAre(bad.to_string() + "-1: its content cannot be read"));
  flush_to_tables();  // a compaction that came to the damage would fail
  EXPECT_THAT(found(), IsEmpty());
  expect_deliverable({good, 1});
  store_.reset();
  settings_.folder = *report.kept_copy;
  EXPECT_THAT(found(), Contains(Key("content_unreadable")));
}

TEST_F(DamageTest, QuarantinesTheMessagesWhoseBlobFileIsMissing) {
  accept_large('b');
  const auto small = accept({"a.example"});
  accept_large('c');
  accept_large('d');
  flush_to_tables();
  std::filesystem::remove(largest(".blob"));

  EXPECT_THAT(found(), testing::ElementsAre(testing::Pair("content_unreadable", 3)));
  repair();

  EXPECT_THAT(found(), IsEmpty());
  EXPECT_THAT(quarantined(), testing::SizeIs(3));
  EXPECT_TRUE(run(store_->back_up(folder_.path() / "backup")));
  expect_deliverable({small, 1});
}

TEST_F(DamageTest, IsNotFoundWhereALiveAgentRewritesItsFilesDuringACheck) {
  store_.reset();
  settings_.memory_bytes = 4 << 20;
  open();
  for (int i = 0; i < 1000; ++i)
    accept_large(static_cast<char>(i));
  store_.reset();
  auto agent = RocksDatabase::open(settings_, OpenMode::read_write);
  ASSERT_TRUE(agent);
  ASSERT_TRUE((*agent)->compact());
  const auto blobs_before = files(".blob");

  const auto report = check_integrity(settings_, log_, [&agent](const Progress& progress) {
    const bool has_begun = progress.step == "messages" && progress.done == 0;
    EXPECT_TRUE(!has_begun || (*agent)->compact().has_value());
  });

  EXPECT_GE(blobs_before.size(), 3U);
  EXPECT_NE(files(".blob"), blobs_before);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_THAT(found_in(*report), IsEmpty());
  EXPECT_EQ(report->content_bytes, 4'000'000U);
}

TEST_F(DamageTest, SavesWhatIsNotInTheDamagedBlockOfATable) {
  const auto ids = accept_many(600);
  flush_to_tables();
  flip_byte(table_of(Family::deliveries), 10'000);

  const auto before = found();
  const auto report = repair();

  EXPECT_EQ(before.at("table_damaged"), 1U);
  EXPECT_EQ(report.total(Finding::table_damaged), 1U);
  ASSERT_TRUE(report.kept_copy);
  EXPECT_THAT(found(), IsEmpty());
  open();
  std::size_t saved = 0;
  for (const auto id : ids)
    if (run(store_->load({id, 1}))) ++saved;
  EXPECT_LT(saved, ids.size());
  EXPECT_GT(saved, ids.size() - 200);
  EXPECT_EQ(due().size(), saved);
  expect_deliverable({ids.front(), 1});
  expect_deliverable({ids.back(), 1});
  flush_to_tables();
}

TEST_F(DamageTest, WhatIsSavedFromADamagedTableIsStillKnownToBeInDoubt) {
  const auto ids = accept_many(600);
  ASSERT_TRUE(run(store_->mark_dot_sent({.id = {ids.front(), 1}, .sent = {noon, {0}}})));
  flush_to_tables();
  flip_byte(table_of(Family::deliveries), 10'000);

  repair();
  open();

  EXPECT_TRUE(loaded({ids.front(), 1}).dot_sent);
}

TEST_F(DamageTest, ReadsWhatIsNotInTheDamagedBlockOfATable) {
  const auto ids = accept_many(600);
  flush_to_tables();
  flip_byte(table_of(Family::deliveries), 10'000);

  open();

  std::size_t corrupt = 0;
  for (const auto id : ids) {
    const auto load = run(store_->load({id, 1}));
    if (load) continue;
    EXPECT_EQ(load.error().fault, Fault::corrupt);
    ++corrupt;
  }
  EXPECT_LT(corrupt, 200U);
  EXPECT_TRUE(run(store_->load({ids.front(), 1})));
  EXPECT_TRUE(run(store_->load({ids.back(), 1})));
}

TEST_F(DamageTest, SavesWhatTheOtherTablesHoldIfOneIsMissing) {
  accept_many(300);
  flush_to_tables();
  const auto table = largest(".sst");
  std::filesystem::remove(table);

  const auto refused = open_rocks_store(settings_, OpenMode::read_write, clock_, log_);
  const auto report = repair();

  EXPECT_FALSE(refused);
  EXPECT_TRUE(report.kept_copy);
  EXPECT_FALSE(report.is_clean());
  EXPECT_THAT(found(), IsEmpty());
}

}  // namespace
}  // namespace greyhound::queue
