#include "queue/storage_lane.hpp"

#include <utility>

#include <boost/asio/post.hpp>

#include "runtime/thread_name.hpp"

namespace greyhound::queue {
namespace {

Error refusal(Pushed pushed, const std::string& limit) {
  if (pushed == Pushed::closed) return Error{Fault::cancelled, "the store is closing"};
  return Error{Fault::busy, "too much waits for the disk, the limit is " + limit};
}

}  // namespace

void finish_all(LaneWrites writes) {
  while (!writes.empty()) {
    const Executor loop = writes.front()->loop();
    LaneWrites own;
    LaneWrites others;
    for (auto& write : writes)
      (write->loop() == loop ? own : others).push_back(std::move(write));
    writes = std::move(others);
    auto finish = [own = std::move(own)] {
      for (const auto& write : own)
        write->finish();
    };
    if (loop) {
      boost::asio::post(loop, std::move(finish));
    } else {
      finish();
    }
  }
}

StorageLane::StorageLane(LaneLimits limits, Fold fold)
    : limits_(limits),
      fold_(std::move(fold)),
      writes_(limits.waiting_writes, limits.waiting_bytes),
      reads_(limits.waiting_reads, UINT64_MAX) {
  threads_.reserve(limits_.readers + 1);
  try {
    threads_.emplace_back([this] { run_writer(); });
    for (std::size_t i = 0; i < limits_.readers; ++i) {
      threads_.emplace_back([this] { run_reader(); });
    }
  } catch (...) {
    stop();  // no thread of ours may outlive a constructor that fails
    throw;
  }
}

StorageLane::~StorageLane() {
  stop();
}

void StorageLane::write(std::unique_ptr<LaneWrite> write) {
  const auto traits = write->traits();
  const auto pushed = writes_.push(write, traits.size_bytes, !traits.is_paced);
  if (pushed == Pushed::taken) return;
  write->fail(refusal(pushed,
                      std::to_string(limits_.waiting_writes) + " writes or " +
                          std::to_string(limits_.waiting_bytes) + " bytes"));
  LaneWrites alone;
  alone.push_back(std::move(write));
  finish_all(std::move(alone));
}

void StorageLane::read(std::unique_ptr<LaneRead> read) {
  const auto pushed = reads_.push(read, 0);
  if (pushed == Pushed::taken) return;
  read->fail(refusal(pushed, std::to_string(limits_.waiting_reads) + " reads"));
}

void StorageLane::stop() {
  writes_.close();
  reads_.close();
  for (auto& thread : threads_)
    thread.join();
  threads_.clear();
}

void StorageLane::run_writer() {
  runtime::name_this_thread("store-writer");
  for (;;) {
    auto writes = writes_.pop(limits_.fold_writes, limits_.fold_bytes);
    if (writes.empty()) return;
    fold_(std::move(writes));
  }
}

void StorageLane::run_reader() {
  runtime::name_this_thread("store-reader");
  for (;;) {
    const auto reads = reads_.pop(1, 0);
    if (reads.empty()) return;
    reads.front()->run();
  }
}

}  // namespace greyhound::queue
