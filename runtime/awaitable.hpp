// Awaitable<T>: what every coroutine of ours returns. Parameters go by value; name aggregates
// before
// a co_await (GCC 12 frees a temporary aggregate twice).
// Cancellation unwinds a coroutine by an exception of Asio's that only TaskGroup catches.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace greyhound::runtime {

template <class T = void>
using Awaitable = boost::asio::awaitable<T>;

using Executor = boost::asio::any_io_executor;  // a loop, as seen by what runs on it

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::Awaitable;
using runtime::Executor;
}  // namespace greyhound
