// How long a socket is waited for.
#include "runtime/socket_stream.hpp"

#include <array>
#include <chrono>
#include <memory>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <gtest/gtest.h>

namespace greyhound::runtime {
namespace {

using namespace std::chrono_literals;
using Socket = boost::asio::local::stream_protocol::socket;

class SocketStreamTest : public ::testing::Test {
 protected:
  SocketStreamTest() {
    Socket ours(loop_);
    boost::asio::local::connect_pair(ours, other_end_);
    stream_ = make_stream(std::move(ours));
  }

  void run(Awaitable<> task) {
    boost::asio::co_spawn(loop_, std::move(task), [](const std::exception_ptr& thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
    loop_.run();
    loop_.restart();
  }

  Awaitable<> read() { came_ = co_await stream_->read_some(bytes_); }

  // Each byte comes when the one before has been read.
  Awaitable<> read_byte_by_byte(int* reads) {
    stream_->expire_after(50ms);
    for (;;) {
      other_end_.send(boost::asio::buffer("x", 1));
      came_ = co_await stream_->read_some(bytes_);
      if (!came_) co_return;
      ++*reads;
    }
  }

  boost::asio::io_context loop_{1};
  Socket other_end_{loop_};
  std::unique_ptr<Stream> stream_;
  std::array<char, 64> bytes_{};
  Result<std::size_t> came_ = Error{Fault::cancelled, "not tried"};
};

TEST_F(SocketStreamTest, EndsAReadThatNothingComesForAtItsLimit) {
  stream_->expire_after(20ms);
  run(read());

  ASSERT_FALSE(came_);
  EXPECT_EQ(came_.error().fault, Fault::timeout);
}

TEST_F(SocketStreamTest, EndsAllThatFollowsAsWellUntilThereIsANewLimit) {
  stream_->expire_after(20ms);
  run(read());
  other_end_.send(boost::asio::buffer("late", 4));
  run(read());
  EXPECT_FALSE(came_);

  stream_->expire_after(10s);
  run(read());

  ASSERT_TRUE(came_);
  EXPECT_EQ(*came_, 4U);
}

TEST_F(SocketStreamTest, CoversEveryReadOfAPeerThatSendsByteByByte) {
  int reads = 0;
  run(read_byte_by_byte(&reads));

  EXPECT_EQ(came_.error().fault, Fault::timeout);
  EXPECT_GT(reads, 1);
}

TEST_F(SocketStreamTest, GoesByTheLastLimitWhetherItIsEarlierOrLater) {
  stream_->expire_after(10ms);
  stream_->expire_after(10h);
  stream_->expire_after(40ms);
  const auto begin = std::chrono::steady_clock::now();
  run(read());

  EXPECT_EQ(came_.error().fault, Fault::timeout);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 39ms);
}

TEST_F(SocketStreamTest, EndsAWriteToAPeerThatDoesNotRead) {
  const auto task = [](Stream* stream, Fault* fault) -> Awaitable<> {
    const std::string much(8 << 20, 'x');
    stream->expire_after(20ms);
    const auto written = co_await stream->write(much);
    if (!written) *fault = written.error().fault;
  };
  auto fault = Fault::cancelled;
  run(task(stream_.get(), &fault));

  EXPECT_EQ(fault, Fault::timeout);
}

TEST_F(SocketStreamTest, MayGoWhileItsLimitIsAwaited) {
  stream_->expire_after(10ms);
  const auto task = [](std::unique_ptr<Stream>* stream) -> Awaitable<> {
    stream->reset();
    co_return;
  };
  run(task(&stream_));  // the timer is looked at here, if it is still there

  EXPECT_EQ(stream_, nullptr);
}

}  // namespace
}  // namespace greyhound::runtime
