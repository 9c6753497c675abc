#include "cli/local_socket.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace greyhound::cli {
namespace {

std::string words_for(int error) {
  return std::generic_category().message(error);
}

Error failed_transfer(int error) {
  if (error == EAGAIN || error == EWOULDBLOCK) return {Fault::timeout, "no answer in time"};
  if (error == EPIPE || error == ECONNRESET) return {Fault::closed, "the connection was closed"};
  return {Fault::network, words_for(error)};
}

}  // namespace

Result<LocalSocket> LocalSocket::connect(const std::filesystem::path& path, Duration limit) {
  const auto text = path.string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (text.empty() || text.size() >= sizeof(address.sun_path)) {
    return Error{Fault::network, "\"" + text + "\" cannot be the path of a unix socket"};
  }
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  LocalSocket made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (made.descriptor_ < 0) return Error{Fault::network, words_for(errno)};
  if (auto limited = made.set_limit(limit); !limited) return limited.error();
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(made.descriptor_, generic, sizeof address) != 0) {
    const int error = errno;
    const bool is_absent = error == ENOENT || error == ECONNREFUSED || error == ENOTDIR;
    return Error{is_absent ? Fault::not_found : Fault::network, text + ": " + words_for(error)};
  }
  return made;
}

LocalSocket::LocalSocket(LocalSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

LocalSocket::~LocalSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<> LocalSocket::set_limit(Duration limit) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(limit);
  const timeval value{.tv_sec = whole.count(), .tv_usec = (limit - whole).count()};
  const bool is_set =
      ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value) == 0 &&
      ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &value, sizeof value) == 0;
  if (!is_set) return Error{Fault::network, words_for(errno)};
  return {};
}

Result<std::size_t> LocalSocket::read_some(std::span<char> into) {
  ssize_t count = 0;
  do {
    count = ::recv(descriptor_, into.data(), into.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return failed_transfer(errno);
  if (count == 0) return Error{Fault::closed, "the connection was closed"};
  return static_cast<std::size_t>(count);
}

Result<> LocalSocket::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed_transfer(errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace greyhound::cli
