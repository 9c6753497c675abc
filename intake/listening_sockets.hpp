// Opens the sockets that intake listens on: TCP and unix.
// Owner: the server. Runs on: the home loop.
// Errors: Fault::config names the listener and what is in the way.
#pragma once

#include <filesystem>
#include <optional>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <sys/types.h>

#include "intake/intake_settings.hpp"
#include "runtime/awaitable.hpp"
#include "runtime/result.hpp"

namespace greyhound::intake {

using TcpAcceptor = boost::asio::ip::tcp::acceptor;
using UnixAcceptor = boost::asio::local::stream_protocol::acceptor;

// The file of a unix socket that we bound. Removed at the end, unless another process has put its
// own in its place meanwhile.
class SocketFile {
 public:
  SocketFile() = default;
  explicit SocketFile(std::filesystem::path path);
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&& other) noexcept;
  ~SocketFile() { remove(); }

  void remove();  // idempotent

 private:
  std::filesystem::path path_;  // empty: nothing to remove
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

struct UnixSocket {
  UnixAcceptor acceptor;
  SocketFile file;
};

// A v6 socket takes v6 only: what listens where is what the settings say.
Result<TcpAcceptor> open_tcp(const Executor& loop, const Endpoint& at);

// A file without anyone behind it is replaced; one that answers, or is no socket, is not touched.
Result<UnixSocket> open_unix(const Executor& loop, const UnixListener& at);

// As bound: port 0 has become a number.
std::optional<Endpoint> bound_endpoint(const TcpAcceptor& acceptor);

}  // namespace greyhound::intake
