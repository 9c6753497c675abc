// Backups: made while work goes on, put back whole, and never over mail that nobody asked to lose.
#include "queue/backup.hpp"

#include <atomic>
#include <fstream>
#include <thread>

#include "queue/folder_copy.hpp"
#include "unit/queue/integrity_fixture.hpp"
#include "world/faulty_disk.hpp"

namespace greyhound::queue {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class BackupTest : public IntegrityTest {
 protected:
  std::filesystem::path backup() const { return folder_.path() / "backup"; }

  // A queue that was never used, on another machine so to speak.
  void use_another_folder() {
    store_.reset();
    settings_.folder = folder_.path() / "other" / "queue";
  }

  Result<Restored> restore(Replace replace = Replace::nothing) {
    store_.reset();
    return restore_backup(settings_, backup(), replace, clock_);
  }
};

TEST_F(BackupTest, HoldsEveryMessageThatWasAcceptedBeforeItBeganWhileWritingGoesOn) {
  std::vector<MessageId> before;
  for (int i = 0; i < 30; ++i)
    before.push_back(accept({"a.example"}));
  std::atomic<bool> is_over = false;
  std::atomic<int> accepted = 0;
  std::thread writer([this, &is_over, &accepted] {
    while (!is_over) {
      accept({"b.example"});
      ++accepted;
    }
  });
  while (accepted < 10)
    std::this_thread::yield();

  const auto made = run(store_->back_up(backup()));
  const auto until = accepted.load();
  while (accepted < until + 10)
    std::this_thread::yield();
  is_over = true;
  writer.join();

  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(*schema_in(backup()), 3U);
  use_another_folder();
  const auto restored = restore();
  ASSERT_TRUE(restored) << restored.error().what;
  EXPECT_FALSE(restored->moved_aside);
  EXPECT_THAT(found(), IsEmpty());
  for (const auto id : before)
    expect_deliverable({id, 1});
}

TEST_F(BackupTest, IsMadeOfAQueueThatNobodyHasOpen) {
  const auto id = accept({"a.example"});
  store_.reset();

  const auto made = back_up_stopped(settings_, backup(), log_);

  ASSERT_TRUE(made) << made.error().what;
  const auto permissions = std::filesystem::status(backup()).permissions();
  EXPECT_EQ(permissions, std::filesystem::perms::owner_all);
  use_another_folder();
  ASSERT_TRUE(restore());
  expect_deliverable({id, 1});
}

// Whatever lies next to the queue meanwhile.
TEST_F(BackupTest, IsReadableByNobodyElseWhileItIsMade) {
  accept({"a.example"});
  store_.reset();
  const auto disk = std::make_shared<world::FaultyDisk>();
  int looked = 0;
  disk->on_moment([this, &looked] {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      if (entry.path() == settings_.folder) continue;
      const auto others = entry.status().permissions() &
                          (std::filesystem::perms::group_all | std::filesystem::perms::others_all);
      EXPECT_EQ(others, std::filesystem::perms::none) << entry.path();
      ++looked;
    }
  });
  auto opened = open_rocks_store(settings_, OpenMode::read_write, clock_, log_, disk);
  ASSERT_TRUE(opened) << opened.error().what;

  ASSERT_TRUE(run((*opened)->back_up(backup())));

  EXPECT_GT(looked, 0);
  opened->reset();
}

TEST_F(BackupTest, PutsTheOldQueueAsideWithoutAMomentInWhichThereIsNone) {
  const auto folder = [this](const std::string& name) {
    const auto made = folder_.path() / name;
    std::filesystem::create_directory(made);
    std::ofstream(made / name) << name;
    return made;
  };
  const auto old_queue = folder("old");
  const auto fresh = folder("fresh");

  // The last step fails: both are there, the fresh one where it belongs.
  EXPECT_FALSE(replace_folder(fresh, old_queue, folder_.path() / "missing" / "aside"));
  EXPECT_TRUE(std::filesystem::exists(old_queue / "fresh"));
  EXPECT_TRUE(std::filesystem::exists(fresh / "old"));

  EXPECT_TRUE(replace_folder(fresh, old_queue, folder_.path() / "aside"));
  EXPECT_TRUE(std::filesystem::exists(old_queue / "old"));
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "aside" / "fresh"));
  EXPECT_FALSE(std::filesystem::exists(fresh));
}

TEST_F(BackupTest, IsNotMadeOverAnotherFolderNorOfNothingNorBehindAnAgentsBack) {
  accept({"a.example"});
  const auto behind = back_up_stopped(settings_, backup(), log_);
  std::filesystem::create_directory(backup());
  const auto over = run(store_->back_up(backup()));
  use_another_folder();
  const auto nothing = back_up_stopped(settings_, folder_.path() / "new", log_);

  EXPECT_EQ(behind.error().fault, Fault::busy);
  EXPECT_EQ(over.error().fault, Fault::disk);
  EXPECT_EQ(nothing.error().fault, Fault::not_found);
  EXPECT_FALSE(std::filesystem::exists(settings_.folder));
}

TEST_F(BackupTest, SurvivesWhatHappensToTheQueueItWasPutInto) {
  const auto id = accept({"a.example"});
  ASSERT_TRUE(run(store_->back_up(backup())));
  use_another_folder();
  ASSERT_TRUE(restore());

  for (const auto& file : std::filesystem::directory_iterator(settings_.folder)) {
    if (file.path().extension() != ".sst") continue;
    std::ofstream(file.path(), std::ios::trunc) << "gone";
  }

  settings_.folder = backup();
  EXPECT_THAT(found(), IsEmpty());
  expect_deliverable({id, 1});
}

TEST_F(BackupTest, DoesNotReplaceMailUnlessItIsAskedTo) {
  ASSERT_TRUE(run(store_->back_up(backup())));
  const auto later = accept({"b.example"});

  const auto refused = restore();
  const auto replaced = restore(Replace::whatever_is_there);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::config);
  EXPECT_THAT(refused.error().what, HasSubstr("there is mail in the queue"));
  ASSERT_TRUE(replaced) << replaced.error().what;
  open();
  EXPECT_THAT(due(), IsEmpty());
  store_.reset();
  ASSERT_TRUE(replaced->moved_aside);
  settings_.folder = *replaced->moved_aside;
  expect_deliverable({later, 1});
}

TEST_F(BackupTest, TakesThePlaceOfAnEmptyQueueWhichGoesAside) {
  const auto id = accept({"a.example"});
  ASSERT_TRUE(run(store_->back_up(backup())));
  use_another_folder();
  open();

  const auto restored = restore();

  ASSERT_TRUE(restored) << restored.error().what;
  EXPECT_TRUE(restored->moved_aside);
  expect_deliverable({id, 1});
}

TEST_F(BackupTest, IsNotPutUnderALiveAgent) {
  accept({"a.example"});
  ASSERT_TRUE(run(store_->back_up(backup())));

  const auto restored = restore_backup(settings_, backup(), Replace::whatever_is_there, clock_);

  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().fault, Fault::busy);
  EXPECT_EQ(due().size(), 1U);
}

TEST_F(BackupTest, IsRefusedWhereItIsNoneOrNewerThanThisProgram) {
  accept({"a.example"});
  ASSERT_TRUE(run(store_->back_up(backup())));
  const auto queue = settings_.folder;
  settings_.folder = backup();
  overwrite(Family::meta, "schema", "7");
  settings_.folder = queue;

  const auto newer = restore(Replace::whatever_is_there);
  const auto none = restore_backup(settings_, folder_.path(), Replace::whatever_is_there, clock_);

  EXPECT_THAT(newer.error().what, HasSubstr("queue schema 7 is newer than 3"));
  EXPECT_EQ(none.error().fault, Fault::not_found);
  open();
  EXPECT_EQ(due().size(), 1U);
}

}  // namespace
}  // namespace greyhound::queue
