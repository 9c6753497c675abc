// Caller: a client on a real socket, for the tests of the server. Blocks, ten seconds at most.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/ip.hpp"

namespace greyhound::intake {

class Caller {
 public:
  explicit Caller(const Endpoint& to) : socket_(open(to.address.is_v4() ? AF_INET : AF_INET6)) {
    const auto& bytes = to.address.bytes();
    if (to.address.is_v4()) {
      sockaddr_in name{};
      name.sin_family = AF_INET;
      name.sin_port = htons(to.port);
      std::copy_n(bytes.begin(), 4, reinterpret_cast<unsigned char*>(&name.sin_addr));
      dial(&name, sizeof name);
    } else {
      sockaddr_in6 name{};
      name.sin6_family = AF_INET6;
      name.sin6_port = htons(to.port);
      std::copy_n(bytes.begin(), 16, reinterpret_cast<unsigned char*>(&name.sin6_addr));
      dial(&name, sizeof name);
    }
  }
  explicit Caller(const std::string& path) : socket_(open(AF_UNIX)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::copy_n(path.begin(), std::min(path.size(), sizeof name.sun_path - 1), name.sun_path);
    dial(&name, sizeof name);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  ~Caller() { ::close(socket_); }

  bool is_connected() const { return is_connected_; }
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // The next line without its end; empty once the server has closed or ten seconds have passed.
  std::string line() {
    auto end = unread_.find("\r\n");
    while (end == std::string::npos && receive())
      end = unread_.find("\r\n");
    if (end == std::string::npos) return {};
    auto text = unread_.substr(0, end);
    unread_.erase(0, end + 2);
    return text;
  }
  std::string say(std::string_view command) {
    send(command);
    return line();
  }
  bool is_closed_by_server() { return unread_.empty() && !receive() && saw_end_; }

 private:
  static int open(int family) {
    const int opened = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(opened, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return opened;
  }
  template <class Name>
  void dial(const Name* name, socklen_t size) {
    is_connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(name), size) == 0;
  }
  bool receive() {
    std::array<char, 4096> block{};
    const auto count = ::recv(socket_, block.data(), block.size(), 0);
    saw_end_ = count == 0 || (count < 0 && errno == ECONNRESET);
    if (count <= 0) return false;
    unread_.append(block.data(), static_cast<std::size_t>(count));
    return true;
  }

  int socket_;
  bool is_connected_ = false;
  bool saw_end_ = false;
  std::string unread_;
};

}  // namespace greyhound::intake
