#include "queue/storage_lane.hpp"

#include <future>

#include <gtest/gtest.h>

#include "queue/lane_call.hpp"
#include "unit/queue/queue_fixture.hpp"

namespace greyhound::queue {
namespace {

// A write that tells what became of it and touches nothing.
class ProbeWrite final : public LaneWrite {
 public:
  ProbeWrite(WriteTraits traits, std::promise<Result<>> outcome)
      : LaneWrite(traits), outcome_(std::move(outcome)) {}
  Result<> apply(Changes&) override { return {}; }
  void fail(const Error& error) override { result_ = error; }
  void finish() override { outcome_.set_value(result_); }

 private:
  std::promise<Result<>> outcome_;
  Result<> result_;
};

class ProbeRead final : public LaneRead {
 public:
  explicit ProbeRead(std::promise<Result<>> outcome, std::shared_future<void> gate)
      : outcome_(std::move(outcome)), gate_(std::move(gate)) {}
  void run() override {
    gate_.wait();
    outcome_.set_value({});
  }
  void fail(const Error& error) override { outcome_.set_value(error); }

 private:
  std::promise<Result<>> outcome_;
  std::shared_future<void> gate_;
};

// A lane whose folds wait until the gate opens, and which keeps the number of writes of each.
class StorageLaneTest : public testing::Test {
 protected:
  void start(LaneLimits limits) {
    lane_ = std::make_unique<StorageLane>(limits, [this](const StorageLane::Writes& writes) {
      if (!is_writing_.exchange(true)) first_fold_.set_value();
      opened_.wait();
      fold_sizes_.push_back(writes.size());
      for (const auto& write : writes)
        write->finish();
    });
  }

  std::future<Result<>> write(WriteTraits traits) {
    std::promise<Result<>> outcome;
    auto result = outcome.get_future();
    lane_->write(std::make_unique<ProbeWrite>(traits, std::move(outcome)));
    return result;
  }
  std::future<Result<>> write(std::uint64_t size_bytes) {
    return write(WriteTraits{.size_bytes = size_bytes});
  }
  std::future<Result<>> read() {
    std::promise<Result<>> outcome;
    auto result = outcome.get_future();
    lane_->read(std::make_unique<ProbeRead>(std::move(outcome), opened_));
    return result;
  }
  // Returns when the writer has taken it, so that the queue is empty.
  void block_writer() {
    first_ = write(1);
    first_fold_.get_future().wait();
  }

  std::promise<void> gate_;
  std::shared_future<void> opened_{gate_.get_future()};
  std::promise<void> first_fold_;
  std::future<Result<>> first_;
  std::atomic<bool> is_writing_ = false;
  std::vector<std::size_t> fold_sizes_;
  std::unique_ptr<StorageLane> lane_;
};

TEST_F(StorageLaneTest, FoldsAllThatWaitsIntoOneBatch) {
  start(LaneLimits{});
  block_writer();

  std::vector<std::future<Result<>>> waiting;
  waiting.reserve(100);
  for (int i = 0; i < 100; ++i)
    waiting.push_back(write(1));
  gate_.set_value();
  lane_->stop();

  EXPECT_EQ(fold_sizes_, (std::vector<std::size_t>{1, 100}));
  for (auto& result : waiting)
    EXPECT_TRUE(result.get());
}

TEST_F(StorageLaneTest, BoundsOneBatchByNumberAndBytes) {
  start(LaneLimits{.fold_writes = 3, .fold_bytes = 100});
  block_writer();

  std::vector<std::future<Result<>>> waiting;
  for (const std::uint64_t size : {1, 1, 1, 60, 60, 500, 1})
    waiting.push_back(write(size));
  gate_.set_value();
  lane_->stop();

  EXPECT_EQ(fold_sizes_, (std::vector<std::size_t>{1, 3, 1, 1, 1, 1}));
}

TEST_F(StorageLaneTest, IsBusyAtOnceWhenTooManyWritesWait) {
  start(LaneLimits{.waiting_writes = 2});
  block_writer();

  auto second = write(1);
  auto third = write(1);
  auto refused = write(1);
  const auto outcome = refused.get();
  gate_.set_value();

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, Fault::busy);
  EXPECT_TRUE(second.get());
  EXPECT_TRUE(third.get());
}

TEST_F(StorageLaneTest, IsBusyAtOnceWhenTooManyBytesWait) {
  start(LaneLimits{.waiting_bytes = 100});
  block_writer();

  auto second = write(80);
  auto refused = write(30);
  auto third = write(20);
  const auto outcome = refused.get();
  gate_.set_value();

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, Fault::busy);
  EXPECT_EQ(outcome.error().what,
            "too much waits for the disk, the limit is 10000 writes or 100 bytes");
  EXPECT_TRUE(second.get());
  EXPECT_TRUE(third.get());
}

TEST_F(StorageLaneTest, TakesAWriteLargerThanTheBoundWhenNothingElseWaits) {
  start(LaneLimits{.waiting_bytes = 100});
  block_writer();

  auto large = write(1000);
  gate_.set_value();

  EXPECT_TRUE(large.get());
}

TEST_F(StorageLaneTest, WhatIsPacedIsTakenHoweverMuchWaitsAndTakesNoRoomFromOthers) {
  start(LaneLimits{.waiting_writes = 2, .waiting_bytes = 100});
  block_writer();

  std::vector<std::future<Result<>>> paced;
  for (int i = 0; i < 50; ++i)
    paced.push_back(write({.size_bytes = 60, .is_paced = true}));
  auto other = write(60);
  auto refused = write(60);
  const auto outcome = refused.get();
  gate_.set_value();

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, Fault::busy);
  EXPECT_TRUE(other.get());
  for (auto& one : paced)
    EXPECT_TRUE(one.get());
}

TEST_F(StorageLaneTest, IsBusyAtOnceWhenTooManyReadsWait) {
  start(LaneLimits{.waiting_reads = 0});

  auto refused = read();
  const auto outcome = refused.get();
  gate_.set_value();

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, Fault::busy);
}

TEST_F(StorageLaneTest, ReadsWhileAWriteWaitsForTheDisk) {
  std::promise<void> ready;
  ready.set_value();
  start(LaneLimits{});
  block_writer();

  std::promise<Result<>> outcome;
  auto result = outcome.get_future();
  lane_->read(std::make_unique<ProbeRead>(std::move(outcome), ready.get_future().share()));

  EXPECT_TRUE(result.get());
  gate_.set_value();
}

TEST_F(StorageLaneTest, FinishesWhatWaitsBeforeItStopsAndRefusesTheRest) {
  start(LaneLimits{});
  block_writer();
  auto waiting_write = write(1);
  auto waiting_read = read();

  gate_.set_value();
  lane_->stop();
  const auto late_write = write(1).get();
  const auto late_read = read().get();

  EXPECT_TRUE(first_.get());
  EXPECT_TRUE(waiting_write.get());
  EXPECT_TRUE(waiting_read.get());
  ASSERT_FALSE(late_write);
  EXPECT_EQ(late_write.error().fault, Fault::cancelled);
  ASSERT_FALSE(late_read);
  EXPECT_EQ(late_read.error().fault, Fault::cancelled);
}

// Counts how many of its kind have been finished.
class CountedWrite final : public LaneWrite {
 public:
  CountedWrite(Executor loop, int& finished)
      : LaneWrite(WriteTraits{}), loop_(std::move(loop)), finished_(finished) {}
  Result<> apply(Changes&) override { return {}; }
  void fail(const Error&) override {}
  void finish() override { ++finished_; }
  Executor loop() const override { return loop_; }

 private:
  Executor loop_;
  int& finished_;
};

TEST(FinishAll, WakesALoopOnceForAllThatIsForItAndNoneForTheRest) {
  boost::asio::io_context one;
  boost::asio::io_context other;
  int for_one = 0;
  int for_other = 0;
  int for_nobody = 0;
  LaneWrites writes;
  writes.push_back(std::make_unique<CountedWrite>(one.get_executor(), for_one));
  writes.push_back(std::make_unique<CountedWrite>(other.get_executor(), for_other));
  writes.push_back(std::make_unique<CountedWrite>(Executor(), for_nobody));
  writes.push_back(std::make_unique<CountedWrite>(one.get_executor(), for_one));

  finish_all(std::move(writes));

  EXPECT_EQ(for_nobody, 1);
  EXPECT_EQ(for_one + for_other, 0);
  EXPECT_EQ(one.poll(), 1U);
  EXPECT_EQ(for_one, 2);
  EXPECT_EQ(other.poll(), 1U);
  EXPECT_EQ(for_other, 1);
}

Awaitable<> read_and_note_thread(StorageLane* lane,
                                 std::thread::id* reader,
                                 std::thread::id* back) {
  const auto found = co_await awaited_read<std::thread::id>(
      *lane, [] { return Result<std::thread::id>(std::this_thread::get_id()); });
  *reader = *found;
  *back = std::this_thread::get_id();
}

TEST(LaneCall, ResumesTheCallerOnItsOwnLoop) {
  StorageLane lane(LaneLimits{}, [](const StorageLane::Writes&) {});
  boost::asio::io_context loop;
  TaskGroup tasks(loop.get_executor());
  std::thread::id reader;
  std::thread::id back;

  tasks.spawn("reads", read_and_note_thread(&lane, &reader, &back));
  loop.run();

  EXPECT_EQ(back, std::this_thread::get_id());
  EXPECT_NE(reader, back);
}

TEST(LaneCall, TurnsWhatALibraryThrowsIntoAnError) {
  StorageLane lane(LaneLimits{}, [](const StorageLane::Writes&) {});

  const auto result = run(
      awaited_read<int>(lane, []() -> Result<int> { throw std::runtime_error("no memory left"); }));

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fault, Fault::disk);
  EXPECT_EQ(result.error().what, "queue: no memory left");
}

Awaitable<> read_gated(StorageLane* lane, std::shared_future<void> gate, bool* returned) {
  const auto found = co_await awaited_read<int>(*lane, [gate] {
    gate.wait();
    return Result<int>(1);
  });
  *returned = found.has_value();
}

TEST(LaneCall, LetsACancelledCallerKnowTheResultAndThenUnwind) {
  StorageLane lane(LaneLimits{}, [](const StorageLane::Writes&) {});
  std::promise<void> gate;
  boost::asio::io_context loop;
  TaskGroup tasks(loop.get_executor());
  bool returned = false;
  tasks.spawn("reads", read_gated(&lane, gate.get_future().share(), &returned));
  loop.poll();

  tasks.cancel();
  loop.poll();
  gate.set_value();
  loop.run();

  EXPECT_TRUE(returned);
  EXPECT_EQ(tasks.size(), 0U);
}

TEST(LaneCall, DoesNotWaitForALoopThatWasStopped) {
  boost::asio::io_context loop;
  std::promise<void> gate;
  bool returned = false;
  auto tasks = std::make_unique<TaskGroup>(loop.get_executor());
  auto lane = std::make_unique<StorageLane>(LaneLimits{}, [](const StorageLane::Writes&) {});
  tasks->spawn("reads", read_gated(lane.get(), gate.get_future().share(), &returned));
  loop.poll();

  loop.stop();
  gate.set_value();
  lane.reset();

  EXPECT_FALSE(returned);
  loop.restart();
  loop.run();
  EXPECT_TRUE(returned);
}

}  // namespace
}  // namespace greyhound::queue
