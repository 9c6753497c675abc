// What happens on a disk that is really full: a small file system in memory.
#include <map>

#include "unit/queue/queue_fixture.hpp"
#include "unit/queue/small_volume.hpp"

namespace greyhound::queue {
namespace {

constexpr std::uint64_t mib = 1ULL << 20;

class DiskFullTest : public testing::Test {
 protected:
  DiskFullTest() : volume_(mount_point_.path() / "volume", 40 * mib) {}

  void SetUp() override {
    if (!volume_.is_mounted()) GTEST_SKIP() << "may not mount a file system of its own here";
    settings_.folder = volume_.folder() / "queue";
    settings_.memory_bytes = 32 * mib;
    settings_.reserve_disk_bytes = 4 * mib;
    open();
  }

  void open() {
    auto opened = open_rocks_store(settings_, OpenMode::read_write, clock_, log_);
    ASSERT_TRUE(opened) << opened.error().what;
    store_ = std::move(*opened);
  }

  // Incompressible, so that a megabyte is one.
  std::string body(std::size_t size) {
    std::string bytes(size, ' ');
    for (auto& byte : bytes) {
      seed_ = seed_ * 6364136223846793005ULL + 1442695040888963407ULL;
      byte = static_cast<char>(seed_ >> 56);
    }
    return bytes;
  }

  Result<> accept(std::size_t size = 16'000) {
    const auto id = store_->new_id();
    auto message = a_message(id, {"a.example"}, noon);
    message.body = {body(size)};
    auto kept = message.body.front();
    auto accepted = run(store_->accept(std::move(message)));
    if (accepted) promised_[id] = std::move(kept);
    return accepted;
  }

  // Until there is no room for new mail; gives what the last one was told.
  Error accept_until_refused() {
    for (int i = 0; i < 100'000; ++i) {
      if (auto accepted = accept(); !accepted) return accepted.error();
    }
    return Error{Fault::closed, "the volume never got full"};
  }

  Result<Settled> defer(MessageId id) {
    auto loaded = run(store_->load({id, 1}));
    if (!loaded) return loaded.error();
    ++loaded->delivery.attempts;
    loaded->delivery.attempted = noon;
    loaded->delivery.due += 5min;
    return run(store_->settle(Settlement{.after = loaded->delivery}));
  }

  Result<Settled> deliver(MessageId id) {
    auto loaded = run(store_->load({id, 1}));
    if (!loaded) return loaded.error();
    auto settled = run(store_->settle(Settlement{.after = closed(loaded->delivery)}));
    if (settled) promised_.erase(id);
    return settled;
  }

  // As a watch does that goes on asking.
  void ask_until(Room room) {
    const auto give_up = std::chrono::steady_clock::now() + 20s;
    while (store_->room() != room && std::chrono::steady_clock::now() < give_up) {
      clock_.advance(500ms);
      std::this_thread::yield();
    }
  }

  void expect_all_promised_mail() {
    for (const auto& [id, content] : promised_) {
      ASSERT_TRUE(run(store_->load({id, 1}))) << id.to_string();
      ASSERT_EQ(*run(store_->chunk(id, 0)), content) << id.to_string();
    }
    EXPECT_EQ(run(store_->due(std::nullopt, Instant::max(), 1'000'000))->size(), promised_.size());
  }

  world::TempFolder mount_point_;
  SmallVolume volume_;
  QueueSettings settings_;
  world::FakeClock clock_;
  RecordingLog log_;
  std::unique_ptr<Store> store_;
  std::map<MessageId, std::string> promised_;
  std::uint64_t seed_ = 20'261'122;
};

TEST_F(DiskFullTest, TheReserveIsReallyAllocated) {
  EXPECT_LE(volume_.free_bytes(), 36 * mib);
  EXPECT_EQ(store_->room(), Room::ample);
}

TEST_F(DiskFullTest, NewMailIsRefusedFirstAndSettlementsGoOn_Line48) {
  const auto refusal = accept_until_refused();

  EXPECT_EQ(refusal.fault, Fault::disk_full);
  EXPECT_NE(store_->room(), Room::none);  // what RocksDB lets go of may make it ample again
  EXPECT_GT(promised_.size(), 500U);
  for (const auto& [id, content] : promised_) {
    const auto deferred = defer(id);
    ASSERT_TRUE(deferred) << deferred.error().what;
  }
  expect_all_promised_mail();
  EXPECT_TRUE(log_.has("no new mail is taken"));
}

TEST_F(DiskFullTest, DeliveringMakesRoomAgainByItself) {
  accept_until_refused();
  const auto all = promised_;
  for (const auto& [id, content] : all)
    ASSERT_TRUE(deliver(id));

  ask_until(Room::ample);

  EXPECT_EQ(store_->room(), Room::ample);
  EXPECT_TRUE(accept());
  expect_all_promised_mail();
}

TEST_F(DiskFullTest, AnotherProgramThatTakesItAllCostsNothingThatWasAccepted) {
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(accept());

  ASSERT_GT(volume_.fill_up(), 20 * mib);
  const auto refusal = accept_until_refused();
  EXPECT_EQ(refusal.fault, Fault::disk_full);
  // The reserve is ours. Tables that were being written when the disk filled up failed, and until
  // they are written again nothing else is.
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  auto deferred = defer(promised_.begin()->first);
  while (!deferred && std::chrono::steady_clock::now() < give_up)
    deferred = defer(promised_.begin()->first);
  ASSERT_TRUE(deferred) << deferred.error().what;
  volume_.fill_up();  // it takes what is left of that as well
  int settled = 0;
  while (defer(promised_.begin()->first))
    ASSERT_LT(++settled, 1'000'000);
  EXPECT_EQ(store_->room(), Room::none);
  expect_all_promised_mail();

  volume_.free_up();

  ask_until(Room::ample);
  EXPECT_TRUE(accept());
  EXPECT_TRUE(defer(promised_.begin()->first));
  expect_all_promised_mail();
  store_.reset();
  open();
  expect_all_promised_mail();
}

// The volume is looked at on the storage lane; with nothing to write, because somebody asks.
TEST_F(DiskFullTest, AFullDiskIsNoticedWhileNothingIsWrittenAndSoIsItsEnd) {
  volume_.fill_up();
  ask_until(Room::settlements);
  EXPECT_EQ(store_->room(), Room::settlements);
  volume_.fill_up();  // the reserve that was given up
  ask_until(Room::none);
  EXPECT_EQ(store_->room(), Room::none);

  volume_.free_up();

  ask_until(Room::ample);
  EXPECT_EQ(store_->room(), Room::ample);
}

TEST_F(DiskFullTest, NoDotIsSentWhoseReplyCouldNotBeRecorded) {
  ASSERT_TRUE(accept());
  const DeliveryId id{promised_.begin()->first, 1};
  volume_.fill_up();
  ask_until(Room::settlements);
  EXPECT_TRUE(run(store_->mark_dot_sent({.id = id, .sent = {noon, {0}}})));

  volume_.fill_up();
  ask_until(Room::none);

  EXPECT_FALSE(run(store_->mark_dot_sent({.id = id, .sent = {noon, {0}}})));
}

// The setting was changed between two starts.
TEST_F(DiskFullTest, AReserveOfAnotherSizeIsGivenBack) {
  store_.reset();
  volume_.fill_up(6 * mib);  // not enough for the new one beside all else
  settings_.reserve_disk_bytes = 8 * mib;
  open();

  EXPECT_FALSE(std::filesystem::exists(settings_.folder / "RESERVE"));

  store_.reset();
  volume_.free_up();
  open();
  EXPECT_EQ(std::filesystem::file_size(settings_.folder / "RESERVE"), 8 * mib);
  store_.reset();
  settings_.reserve_disk_bytes = 2 * mib;
  open();
  EXPECT_EQ(std::filesystem::file_size(settings_.folder / "RESERVE"), 2 * mib);
}

TEST_F(DiskFullTest, WhetherThereIsRoomIsAskedOnceInAWhile) {
  EXPECT_EQ(store_->room(), Room::ample);
  ASSERT_TRUE(accept());  // behind that question in the lane
  volume_.fill_up();

  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(store_->room(), Room::ample);
  ASSERT_FALSE(accept());  // asks before its own batch

  EXPECT_EQ(store_->room(), Room::settlements);
}

TEST_F(DiskFullTest, ItOpensAgainOnADiskThatIsFull) {
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(accept());
  store_.reset();
  volume_.fill_up();

  open();

  EXPECT_NE(store_->room(), Room::ample);
  expect_all_promised_mail();
}

}  // namespace
}  // namespace greyhound::queue
