// Stream and Network: bytes to and from a peer, as ports that a simulator or TLS can stand behind.
// Owner: a session owns its stream. Runs on: the loop it was opened on.
// Cancellation unwinds a pending read or write.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/awaitable.hpp"
#include "runtime/clock.hpp"
#include "runtime/ip.hpp"
#include "runtime/result.hpp"

namespace greyhound::runtime {

class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  // Bytes read into the front of `into`, at least 1. Fault::closed at the peer's orderly end.
  virtual Awaitable<Result<std::size_t>> read_some(std::span<char> into) = 0;

  // All of `bytes`, which must stay alive until this returns.
  virtual Awaitable<Result<>> write(std::string_view bytes) = 0;

  // From now on `limit` remains for what is pending and for all calls to come, until this is called
  // again: what has not come to an end by then ends with Fault::timeout. No limit at first.
  virtual void expire_after(Duration limit) = 0;

  // The other end is there, as far as is known, and has said nothing that was not read.
  virtual bool is_quiet() = 0;

  virtual void close() = 0;  // idempotent; pending calls end with Fault::closed or cancellation

  virtual std::optional<Endpoint> local() const = 0;  // none on a unix socket
  virtual std::optional<Endpoint> remote() const = 0;
  virtual std::optional<unsigned> peer_uid() const { return std::nullopt; }  // unix sockets only
};

class Network {
 public:
  Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  virtual ~Network() = default;

  // A connection on the loop of the caller, from `source` if given.
  virtual Awaitable<Result<std::unique_ptr<Stream>>> connect(Endpoint to,
                                                             std::optional<IpAddress> source) = 0;
};

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::Network;
using runtime::Stream;
}  // namespace greyhound
