// Awaiting the storage lane: a piece of work goes over, the caller is resumed on its own loop with
// the result.
// Owner:   a caller's loop outlives the lane (it may be stopped by then).
// Runs on: the caller's loop. A caller that is cancelled is resumed when its result is known, and
//          unwinds at its next wait: it always learns whether the write happened.
#pragma once

#include <exception>
#include <utility>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "queue/storage_lane.hpp"
#include "runtime/awaitable.hpp"

namespace greyhound::queue {

// The coroutine that waits for one result.
template <class T>
class Caller {
 public:
  using Handler = boost::asio::any_completion_handler<void(Result<T>)>;
  Caller(Executor loop, Handler handler) : loop_(std::move(loop)), handler_(std::move(handler)) {}

  const Executor& loop() const { return loop_; }

  void resume(Result<T> result) {
    boost::asio::post(loop_, [handler = std::move(handler_), result = std::move(result)]() mutable {
      std::move(handler)(std::move(result));
    });
  }
  // On its loop already.
  void resume_here(Result<T> result) { std::move(handler_)(std::move(result)); }

 private:
  Executor loop_;
  Handler handler_;
};

// The result of `work`; what a library may throw there becomes an error of ours.
template <class T, class Work, class... Arguments>
Result<T> guarded(Work& work, Arguments&... arguments) {
  try {
    return work(arguments...);
  } catch (const std::exception& thrown) {
    return Error{Fault::disk, std::string("queue: ") + thrown.what()};
  }
}

template <class T, class Work>
class WriteCall final : public LaneWrite {
 public:
  WriteCall(WriteTraits traits, Caller<T> caller, Work work)
      : LaneWrite(traits), caller_(std::move(caller)), work_(std::move(work)) {}

  Result<> apply(Changes& changes) override {
    result_ = guarded<T>(work_, changes);
    if (!result_) return result_.error();
    return {};
  }
  void fail(const Error& error) override { result_ = error; }
  void finish() override { caller_.resume_here(std::move(result_)); }
  Executor loop() const override { return caller_.loop(); }

 private:
  Caller<T> caller_;
  Work work_;
  Result<T> result_ = Error{Fault::cancelled, "the write was not tried"};
};

template <class T, class Work>
class ReadCall final : public LaneRead {
 public:
  ReadCall(Caller<T> caller, Work work) : caller_(std::move(caller)), work_(std::move(work)) {}

  void run() override { caller_.resume(guarded<T>(work_)); }
  void fail(const Error& error) override { caller_.resume(Result<T>(error)); }

 private:
  Caller<T> caller_;
  Work work_;
};

// Suspends the caller and hands it to `send`, which sees to it that it is resumed.
template <class T, class Send>
Awaitable<Result<T>> resumed_by(Send send) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(Result<T>)>(
      [](auto handler, Send sender) {
        Executor loop = boost::asio::get_associated_executor(handler);
        sender(Caller<T>(std::move(loop), std::move(handler)));
      },
      boost::asio::use_awaitable,
      std::move(send));
}

// `work` takes Changes& and gives a Result<T>; it runs on the writer thread.
template <class T, class Work>
Awaitable<Result<T>> awaited_write(StorageLane& lane, WriteTraits traits, Work work) {
  return resumed_by<T>([&lane, traits, work = std::move(work)](Caller<T> caller) mutable {
    lane.write(std::make_unique<WriteCall<T, Work>>(traits, std::move(caller), std::move(work)));
  });
}

// `work` gives a Result<T>; it runs on a reader thread.
template <class T, class Work>
Awaitable<Result<T>> awaited_read(StorageLane& lane, Work work) {
  return resumed_by<T>([&lane, work = std::move(work)](Caller<T> caller) mutable {
    lane.read(std::make_unique<ReadCall<T, Work>>(std::move(caller), std::move(work)));
  });
}

}  // namespace greyhound::queue
