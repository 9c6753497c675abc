#include "intake/listening_sockets.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/asio/ip/v6_only.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace greyhound::intake {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using local = asio::local::stream_protocol;

Error cannot_listen(const std::string& where, const std::string& why) {
  return {Fault::config, "cannot listen on " + where + ": " + why};
}

tcp::endpoint to_asio(const Endpoint& at) {
  const auto& bytes = at.address.bytes();
  if (at.address.is_v4()) {
    return {asio::ip::address_v4({bytes[0], bytes[1], bytes[2], bytes[3]}), at.port};
  }
  return {asio::ip::address_v6(bytes), at.port};
}

// True: someone answers, or it cannot be told. False: connections are refused.
bool is_answered(const Executor& loop, const local::endpoint& at) {
  local::socket probe(loop);
  boost::system::error_code code;
  probe.open(local(), code);
  if (!code) probe.non_blocking(true, code);  // a full backlog must not hold us up
  if (code) return true;
  probe.connect(at, code);
  return code != asio::error::connection_refused;
}

Result<> clear_stale(const Executor& loop, const local::endpoint& at) {
  const auto path = at.path();
  struct stat found{};
  if (lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return cannot_listen(path, std::strerror(errno));
  }
  if (!S_ISSOCK(found.st_mode)) return cannot_listen(path, "a file that is no socket is there");
  if (is_answered(loop, at)) return cannot_listen(path, "another program listens there");
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return cannot_listen(path, std::strerror(errno));
  }
  return {};
}

}  // namespace

SocketFile::SocketFile(std::filesystem::path path) : path_(std::move(path)) {
  struct stat ours{};
  if (lstat(path_.c_str(), &ours) != 0) {
    path_.clear();
    return;
  }
  device_ = ours.st_dev;
  inode_ = ours.st_ino;
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

SocketFile& SocketFile::operator=(SocketFile&& other) noexcept {
  if (this == &other) return *this;
  remove();
  path_ = std::exchange(other.path_, {});
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

void SocketFile::remove() {
  const auto path = std::exchange(path_, {});
  struct stat found{};
  if (path.empty() || lstat(path.c_str(), &found) != 0) return;
  if (found.st_dev == device_ && found.st_ino == inode_) unlink(path.c_str());
}

Result<TcpAcceptor> open_tcp(const Executor& loop, const Endpoint& at) {
  const auto endpoint = to_asio(at);
  TcpAcceptor acceptor(loop);
  boost::system::error_code code;
  acceptor.open(endpoint.protocol(), code);
  if (!code) acceptor.set_option(tcp::acceptor::reuse_address(true), code);
  if (!code && !at.address.is_v4()) acceptor.set_option(asio::ip::v6_only(true), code);
  if (!code) acceptor.bind(endpoint, code);
  if (!code) acceptor.listen(asio::socket_base::max_listen_connections, code);
  if (code) return cannot_listen(at.to_string(), code.message());
  return acceptor;
}

// The mode is set before listen(): until then nobody can connect, whatever the umask was.
Result<UnixSocket> open_unix(const Executor& loop, const UnixListener& at) {
  const std::string path = at.path.string();
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
    return cannot_listen("\"" + path + "\"",
                         "the path of a unix socket has 1 to " +
                             std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " octets");
  }
  const local::endpoint endpoint(path);
  if (auto cleared = clear_stale(loop, endpoint); !cleared) return cleared.error();
  UnixSocket opened{UnixAcceptor(loop), SocketFile()};
  boost::system::error_code code;
  opened.acceptor.open(local(), code);
  if (!code) opened.acceptor.bind(endpoint, code);
  if (code) return cannot_listen(path, code.message());
  opened.file = SocketFile(at.path);
  if (chmod(path.c_str(), static_cast<mode_t>(at.mode)) != 0) {
    return cannot_listen(path, std::strerror(errno));
  }
  opened.acceptor.listen(asio::socket_base::max_listen_connections, code);
  if (code) return cannot_listen(path, code.message());
  return opened;
}

std::optional<Endpoint> bound_endpoint(const TcpAcceptor& acceptor) {
  boost::system::error_code code;
  const auto bound = acceptor.local_endpoint(code);
  if (code) return std::nullopt;
  const auto address = bound.address();
  if (address.is_v4()) {
    return Endpoint{IpAddress::from_v4_bytes(address.to_v4().to_bytes()), bound.port()};
  }
  return Endpoint{IpAddress::from_v6_bytes(address.to_v6().to_bytes()), bound.port()};
}

}  // namespace greyhound::intake
