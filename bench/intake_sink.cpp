#include "bench/intake_sink.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/callers.hpp"

namespace greyhound::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view end_of_content = "\r\n.\r\n";
constexpr std::string_view capabilities =
    "250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n";

Endpoint endpoint_of(const e2e::ChildProcess& process) {
  const auto line = process.wait_for_line([](const auto&) { return true; }, 10s);
  const auto endpoint = Endpoint::parse(line.value_or(""), 0);
  if (!endpoint) give_up("the sink did not start");
  return *endpoint;
}

class Session {
 public:
  explicit Session(int socket) : socket_(socket) { reply("220 sink.example ESMTP\r\n"); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { ::close(socket_); }

  // False: it is over.
  bool receive() {
    static std::array<char, 64 * 1024> bytes;
    const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    pending_.append(bytes.data(), static_cast<std::size_t>(count));
    std::string replies;
    while (is_in_content_ ? skip_content(replies) : answer(replies)) {
    }
    return reply(replies);
  }

 private:
  bool answer(std::string& replies) {
    const auto end = pending_.find("\r\n");
    if (end == std::string::npos) return false;
    const auto verb = pending_.substr(0, 4);
    pending_.erase(0, end + 2);
    is_in_content_ = verb == "DATA";
    if (is_in_content_) {
      replies += "354 go ahead\r\n";
    } else {
      replies += verb == "EHLO" ? capabilities : "250 2.0.0 ok\r\n";
    }
    return true;
  }

  // All but what may be the first part of the end.
  bool skip_content(std::string& replies) {
    const auto end = pending_.find(end_of_content);
    if (end == std::string::npos) {
      const auto kept = std::min(pending_.size(), end_of_content.size() - 1);
      pending_.erase(0, pending_.size() - kept);
      return false;
    }
    pending_.erase(0, end + end_of_content.size());
    is_in_content_ = false;
    replies += "250 2.0.0 taken\r\n";
    return true;
  }

  bool reply(std::string_view replies) const {
    if (replies.empty()) return true;
    const auto count = ::send(socket_, replies.data(), replies.size(), MSG_NOSIGNAL);
    return count == static_cast<ssize_t>(replies.size());
  }

  int socket_;
  std::string pending_;
  bool is_in_content_ = false;
};

int open_listener(sockaddr_in& here) {
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&here);
  socklen_t size = sizeof here;
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || ::bind(listener, generic, size) != 0 || ::listen(listener, SOMAXCONN) != 0 ||
      ::getsockname(listener, generic, &size) != 0) {
    give_up("the sink cannot listen");
  }
  return listener;
}

void watch(int queue, int descriptor, Session* session) {
  epoll_event wish{};
  wish.events = EPOLLIN;
  wish.data.ptr = session;
  if (::epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &wish) != 0) give_up("epoll refuses");
}

void take_call(int listener, int queue) {
  const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket < 0) return;
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch(queue, socket, std::make_unique<Session>(socket).release());  // until it is over
}

}  // namespace

IntakeSink::IntakeSink()
    : process_({.arguments = {"/proc/self/exe", option}}), intake_(endpoint_of(process_)) {}

void be_the_sink() {
  sockaddr_in here{};
  const int listener = open_listener(here);
  const int queue = ::epoll_create1(EPOLL_CLOEXEC);
  watch(queue, listener, nullptr);
  fmt::print("127.0.0.1:{}\n", ntohs(here.sin_port));
  std::fflush(stdout);
  std::array<epoll_event, 128> events{};
  for (;;) {
    const int count = ::epoll_wait(queue, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto* const session = static_cast<Session*>(events.at(static_cast<std::size_t>(i)).data.ptr);
      if (session == nullptr) {
        take_call(listener, queue);
      } else if (!session->receive()) {
        const std::unique_ptr<Session> over(session);
      }
    }
  }
}

}  // namespace greyhound::bench
