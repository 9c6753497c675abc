#include "runtime/race.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace greyhound::runtime {

namespace asio = boost::asio;

Awaitable<> run_either(Awaitable<> one, Awaitable<> other) {
  using namespace asio::experimental::awaitable_operators;
  try {
    co_await (std::move(one) || std::move(other));
  } catch (const asio::multiple_exceptions& both) {
    // Both were cancelled from outside: one exception is enough to unwind with.
    std::rethrow_exception(both.first_exception());
  }
}

}  // namespace greyhound::runtime
