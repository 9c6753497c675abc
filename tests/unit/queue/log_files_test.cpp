#include "queue/log_files.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <utility>

#include <gmock/gmock.h>

#include "world/temp_folder.hpp"

namespace greyhound::queue {
namespace {

namespace fs = std::filesystem;
using rocksdb::FileOptions;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

// A disk on which something else happens during a sync.
class SlowSync final : public rocksdb::FileSystemWrapper {
 public:
  SlowSync() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  const char* Name() const override { return "SlowSync"; }
  IOStatus NewWritableFile(const std::string& name,
                           const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           rocksdb::IODebugContext* debug) override {
    auto status = target()->NewWritableFile(name, options, file, debug);
    if (status.ok()) *file = std::make_unique<File>(std::move(*file), *this);
    return status;
  }

  std::function<void()> while_syncing;

 private:
  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSWritableFile> file, SlowSync& disk)
        : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk) {}
    IOStatus Sync(const IOOptions& options, rocksdb::IODebugContext* debug) override {
      auto status = target()->Sync(options, debug);
      if (auto then = std::exchange(disk_.while_syncing, {})) then();
      return status;
    }

   private:
    SlowSync& disk_;
  };
};

class LogFilesTest : public testing::Test {
 protected:
  std::unique_ptr<LogFiles> files_in(const fs::path& folder, bool skips_damage = false) {
    return std::make_unique<LogFiles>(
        rocksdb::FileSystem::Default(),
        LogFiles::Parts{.folder = folder, .step_bytes = 64UL * 1024, .skips_damage = skips_damage});
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  std::unique_ptr<rocksdb::FSWritableFile> begin(const std::string& name) {
    std::unique_ptr<rocksdb::FSWritableFile> log;
    EXPECT_TRUE(files_->NewWritableFile(name, FileOptions(), &log, nullptr).ok());
    return log;
  }
  void write(const std::string& name, const std::vector<std::string>& pieces) {
    const auto log = begin(name);
    for (const auto& piece : pieces) {
      EXPECT_TRUE(log->Append(piece, IOOptions(), nullptr).ok());
      EXPECT_TRUE(log->Sync(IOOptions(), nullptr).ok());
    }
    EXPECT_TRUE(log->Close(IOOptions(), nullptr).ok());
  }
  void remove(const std::string& name) {
    EXPECT_TRUE(files_->DeleteFile(name, IOOptions(), nullptr).ok());
  }
  static std::string read(LogFiles& files, const std::string& name) {
    std::unique_ptr<rocksdb::FSSequentialFile> log;
    if (!files.NewSequentialFile(name, FileOptions(), &log, nullptr).ok())
      return "cannot be opened";
    std::string text;
    for (;;) {
      char bytes[1000];
      rocksdb::Slice got;
      const auto status = log->Read(sizeof bytes, IOOptions(), &got, bytes, nullptr);
      if (!status.ok()) return status.ToString();
      if (got.empty()) return text;
      text += got.ToString();
    }
  }
  std::string read(const std::string& name) { return read(*files_, name); }
  std::uint64_t size(const std::string& name) {
    std::uint64_t bytes = 0;
    EXPECT_TRUE(files_->GetFileSize(name, IOOptions(), &bytes, nullptr).ok());
    return bytes;
  }
  static std::string bytes_of(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void put_bytes(const std::string& name, const std::string& bytes) {
    std::ofstream(name, std::ios::binary) << bytes;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      all.push_back(entry.path().filename().string());
    return all;
  }

  world::TempFolder folder_;
  std::unique_ptr<LogFiles> files_ = files_in(folder_.path());
};

TEST_F(LogFilesTest, GiveBackWhatWasAppended) {
  write(path("000001.log"), {"one ", std::string(5000, 'x'), " three"});

  EXPECT_EQ(read(path("000001.log")), "one " + std::string(5000, 'x') + " three");
  EXPECT_EQ(size(path("000001.log")), 5010U);
  EXPECT_EQ(bytes_in_log(path("000001.log")), 5010U);
  EXPECT_GT(fs::file_size(path("000001.log")), 5010U);
}

TEST_F(LogFilesTest, LeaveTheirBlocksToTheNextLog) {
  write(path("000001.log"), {std::string(100'000, 'o')});
  const auto bytes_before = fs::file_size(path("000001.log"));
  remove(path("000001.log"));
  EXPECT_THAT(names(), UnorderedElementsAre("SPARE1"));

  auto log = begin(path("000002.log"));
  EXPECT_THAT(names(), UnorderedElementsAre("000002.log"));
  EXPECT_EQ(read(path("000002.log")), "");
  EXPECT_TRUE(log->Append("new", IOOptions(), nullptr).ok());
  EXPECT_TRUE(log->Sync(IOOptions(), nullptr).ok());
  EXPECT_EQ(read(path("000002.log")), "new");
  EXPECT_EQ(log->GetFileSize(IOOptions(), nullptr), 3U);
  EXPECT_TRUE(log->Close(IOOptions(), nullptr).ok());

  EXPECT_EQ(fs::file_size(path("000002.log")), bytes_before);
  EXPECT_EQ(read(path("000002.log")), "new");
}

TEST_F(LogFilesTest, GrowPastTheBlocksThatTheyWereLeft) {
  write(path("000001.log"), {"short"});
  remove(path("000001.log"));

  write(path("000002.log"), {std::string(200'000, 'n'), "end"});

  EXPECT_EQ(read(path("000002.log")), std::string(200'000, 'n') + "end");
}

TEST_F(LogFilesTest, KeepTheBlocksOfTwo) {
  for (const auto* name : {"000001.log", "000002.log", "000003.log"})
    write(path(name), {"x"});
  for (const auto* name : {"000001.log", "000002.log", "000003.log"})
    remove(path(name));

  EXPECT_THAT(names(), UnorderedElementsAre("SPARE1", "SPARE2"));
  EXPECT_TRUE(LogFiles::give_back_spares(folder_.path()));
  EXPECT_THAT(names(), UnorderedElementsAre());
  EXPECT_FALSE(LogFiles::give_back_spares(folder_.path()));
}

TEST_F(LogFilesTest, FindTheBlocksThatAnEarlierProcessLeft) {
  write(path("000001.log"), {"old"});
  remove(path("000001.log"));

  files_ = files_in(folder_.path());
  write(path("000002.log"), {"new"});

  EXPECT_THAT(names(), UnorderedElementsAre("000002.log"));
  EXPECT_EQ(read(path("000002.log")), "new");
}

// A checkpoint is made of second names.
TEST_F(LogFilesTest, LeaveNothingToOthersWhileACopyHasIt) {
  write(path("000001.log"), {"of both"});
  fs::create_hard_link(path("000001.log"), path("copy.log"));
  remove(path("000001.log"));
  write(path("000002.log"), {"new"});

  EXPECT_THAT(names(), UnorderedElementsAre("copy.log", "000002.log"));
  EXPECT_EQ(read(path("copy.log")), "of both");
}

TEST_F(LogFilesTest, StayAsTheyAreElsewhere) {
  const world::TempFolder other;
  const auto name = (other.path() / "000001.log").string();
  write(name, {"plain"});

  EXPECT_EQ(bytes_of(name), "plain");
  EXPECT_EQ(read(name), "plain");
  remove(name);
  EXPECT_FALSE(fs::exists(name));
  EXPECT_THAT(names(), UnorderedElementsAre());
}

TEST_F(LogFilesTest, OfAnOlderVersionAreReadAsTheyAre) {
  put_bytes(path("000001.log"), std::string(1000, 'p'));

  EXPECT_EQ(read(path("000001.log")), std::string(1000, 'p'));
  EXPECT_EQ(size(path("000001.log")), 1000U);
}

// RocksDB cuts a log to its size when it opens a queue again.
TEST_F(LogFilesTest, AreNotCutToTheSizeOfWhatIsInThem) {
  write(path("000001.log"), {"one", "two"});
  std::unique_ptr<rocksdb::FSWritableFile> log;
  ASSERT_TRUE(files_->ReopenWritableFile(path("000001.log"), FileOptions(), &log, nullptr).ok());

  EXPECT_TRUE(log->Truncate(size(path("000001.log")), IOOptions(), nullptr).ok());
  EXPECT_TRUE(log->Append("three", IOOptions(), nullptr).IsNotSupported());
  log.reset();

  EXPECT_EQ(read(path("000001.log")), "onetwo");
}

TEST_F(LogFilesTest, FromWhichSyncedBytesAreGoneAreNotReadUnlessDamageIsToBeSkipped) {
  write(path("000001.log"), {std::string(600, 'a'), std::string(600, 'b'), "c"});
  auto bytes = bytes_of(path("000001.log"));
  bytes[1024] = '?';  // where the second frame begins
  put_bytes(path("000001.log"), bytes);

  EXPECT_EQ(size(path("000001.log")), 1201U);
  EXPECT_THAT(read(path("000001.log")), HasSubstr("Corruption"));
  EXPECT_EQ(read(*files_in(folder_.path(), true), path("000001.log")),
            std::string(600, 'a') + std::string(600, '\0') + "c");
}

// Only of the last piece before a crash nobody can tell damage from what was never written.
TEST_F(LogFilesTest, ThatWereClosedAreKnownToTheirEnd) {
  write(path("000001.log"), {"first", "last"});
  const auto crashed = begin(path("000002.log"));
  for (const auto* piece : {"first", "last"}) {
    EXPECT_TRUE(crashed->Append(piece, IOOptions(), nullptr).ok());
    EXPECT_TRUE(crashed->Sync(IOOptions(), nullptr).ok());
  }
  for (const auto* name : {"000001.log", "000002.log"}) {
    auto bytes = bytes_of(path(name));
    bytes[bytes.find("last")] = 'L';
    put_bytes(path(name), bytes);
  }

  EXPECT_EQ(read(path("000001.log")), "firstLast");
  EXPECT_EQ(read(path("000002.log")), "first");
}

// While RocksDB copies a queue it syncs the log from another thread.
TEST_F(LogFilesTest, CallSyncedWhatWasThereBeforeTheSyncBegan) {
  const auto disk = std::make_shared<SlowSync>();
  files_ = std::make_unique<LogFiles>(
      disk, LogFiles::Parts{.folder = folder_.path(), .step_bytes = 64UL * 1024});
  const auto log = begin(path("000001.log"));
  EXPECT_TRUE(log->Append("before", IOOptions(), nullptr).ok());
  disk->while_syncing = [&] { EXPECT_TRUE(log->Append("meanwhile", IOOptions(), nullptr).ok()); };
  EXPECT_TRUE(log->Sync(IOOptions(), nullptr).ok());
  EXPECT_TRUE(log->Append("after", IOOptions(), nullptr).ok());

  auto bytes = bytes_of(path("000001.log"));
  bytes[bytes.find("meanwhile")] = 'M';  // it never reached the disk
  put_bytes(path("000001.log"), bytes);

  EXPECT_EQ(read(path("000001.log")), "before");
}

}  // namespace
}  // namespace greyhound::queue
