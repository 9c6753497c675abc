// Result<T>: a value, or an Error that says which side of ours failed. What a remote server answers
// is not an Error (see mail/outcome.hpp).
// Errors: `what` names the thing and the limit, ready for a log line; never a trailing full stop.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <boost/system/result.hpp>

namespace greyhound::runtime {

enum class Fault : std::uint8_t {
  timeout,      // a deadline of ours passed
  cancelled,    // we are stopping
  closed,       // the other end closed the connection
  network,      // connect, read or write failed
  disk,         // the store could not read or write
  disk_full,    // no space for it; nothing was written
  corrupt,      // stored bytes that do not decode
  config,       // a setting is wrong
  protocol,     // bytes that break the protocol or a limit of it
  not_found,    // no such record
  busy,         // a bounded queue of ours is full
  not_at_hand,  // not in memory, and the caller would not wait for the disk
};

std::string_view to_string(Fault fault);

struct Error {
  Fault fault;
  std::string what;
};

[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& at);

template <class T = void>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
 public:
  using boost::system::result<T, Error>::result;
};

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::Error;
using runtime::Fault;
using runtime::Result;
}  // namespace greyhound
