#include "bench/swift_receiver.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/callers.hpp"
#include "bench/progress.hpp"

namespace greyhound::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view capabilities =
    "250-swift.example\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-8BITMIME\r\n250-SIZE\r\n";

sockaddr_in loopback(std::size_t number, std::uint16_t port) {
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_port = htons(port);
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 256 + static_cast<std::uint32_t>(number));
  return here;
}

int listen_at(std::size_t number, std::uint16_t* port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto here = loopback(number, *port);
  auto* const generic = reinterpret_cast<sockaddr*>(&here);
  socklen_t size = sizeof here;
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (listener < 0 || ::bind(listener, generic, sizeof here) != 0 ||
      ::listen(listener, SOMAXCONN) != 0 || ::getsockname(listener, generic, &size) != 0) {
    give_up("cannot listen on " + SwiftReceiver::address(number));
  }
  *port = ntohs(here.sin_port);
  return listener;
}

}  // namespace

// Commands are answered flight by flight: replies are kept until the client has to wait for them.
class SwiftReceiver::Connection {
 public:
  Connection(SwiftReceiver& receiver, int socket) : receiver_(receiver), socket_(socket) {
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  void talk() {
    replies_ = "220 swift.example ESMTP\r\n";
    while (flush() && receive())
      answer_all();
    flush();
  }

 private:
  void answer_all() {
    for (;;) {
      if (octets_ > 0) {
        const auto some = std::min(octets_, pending_.size());
        pending_.erase(0, some);
        octets_ -= some;
        if (octets_ > 0) return;
        replies_ += "250 2.0.0 taken\r\n";
        if (is_last_) ++taken_;
      }
      if (is_in_body_ && !skip_body()) return;
      const auto end = pending_.find("\r\n");
      if (end == std::string::npos) return;
      const auto line = pending_.substr(0, end);
      pending_.erase(0, end + 2);
      if (!answer(line)) return;
    }
  }

  // False: nothing behind it may be read yet.
  bool answer(const std::string& line) {
    const auto verb = line.substr(0, 4);
    if (verb == "BDAT") {
      octets_ = std::strtoull(line.c_str() + 4, nullptr, 10);
      is_last_ = line.ends_with("LAST");
      return true;
    }
    if (verb == "EHLO") {
      replies_ += capabilities;
      if (receiver_.tls_ && !tls_) replies_ += "250-STARTTLS\r\n";
      replies_ += "250 ENHANCEDSTATUSCODES\r\n";
    } else if (verb == "DATA") {
      replies_ += "354 go ahead\r\n";
      is_in_body_ = true;
    } else if (verb == "STAR") {
      replies_ += "220 2.0.0 go ahead\r\n";
      starts_tls_ = true;
      return false;
    } else {
      replies_ += verb == "QUIT" ? "221 2.0.0 bye\r\n" : "250 2.0.0 ok\r\n";
    }
    return true;
  }

  bool skip_body() {
    const auto end = pending_.find("\r\n.\r\n");
    if (end == std::string::npos) return false;
    pending_.erase(0, end + 5);
    replies_ += "250 2.0.0 taken\r\n";
    ++taken_;
    is_in_body_ = false;
    return true;
  }

  bool flush() {
    if (replies_.empty()) return true;
    if (receiver_.shape_.latency > Duration::zero()) {
      std::this_thread::sleep_for(receiver_.shape_.latency);
    }
    const auto flight = std::exchange(replies_, {});
    count_flight();
    const bool is_sent = tls_ ? tls_->send(flight)
                              : ::send(socket_, flight.data(), flight.size(), MSG_NOSIGNAL) ==
                                    static_cast<ssize_t>(flight.size());
    if (!is_sent || !std::exchange(starts_tls_, false)) return is_sent;
    tls_ = std::make_unique<peers::TlsServerEnd>(*receiver_.tls_, socket_);
    return tls_->accept();
  }

  void count_flight() {
    ++waits_;
    if (taken_ == 0) return;
    const bool is_warm = std::exchange(has_taken_, true);
    receiver_.note(taken_, is_warm ? taken_ : taken_ - 1, is_warm ? waits_ : 0);
    taken_ = 0;
    waits_ = 0;
  }

  bool receive() {
    if (tls_) {
      const auto got = tls_->receive();
      pending_ += got;
      return !got.empty();
    }
    std::array<char, 64 * 1024> bytes;  // not cleared: it is read into at once
    const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    pending_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }

  SwiftReceiver& receiver_;
  int socket_;
  std::unique_ptr<peers::TlsServerEnd> tls_;
  bool starts_tls_ = false;
  std::string pending_;
  std::string replies_;
  std::uint64_t octets_ = 0;  // of a chunk, still to come
  bool is_last_ = false;
  bool is_in_body_ = false;
  std::uint64_t taken_ = 0;  // messages whose reply was not sent yet
  std::uint64_t waits_ = 0;  // flights since the last message
  bool has_taken_ = false;
};

SwiftReceiver::SwiftReceiver(ReceiverShape shape) : shape_(shape) {
  if (shape_.has_tls) {
    const peers::Authority authority;
    tls_ = std::make_unique<peers::TlsServer>(authority.issue("swift.example"));
  }
  for (std::size_t i = 0; i < shape_.addresses; ++i)
    listeners_.push_back(listen_at(i, &port_));
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) give_up("no pipe");
  woken_ = ends[0];
  wake_ = ends[1];
  acceptor_ = std::thread([this] { serve(); });
}

SwiftReceiver::~SwiftReceiver() {
  ::close(wake_);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_)
      ::shutdown(socket, SHUT_RDWR);
  }
  for (auto& thread : threads_)
    thread.join();
  for (const int socket : sockets_)
    ::close(socket);
  for (const int listener : listeners_)
    ::close(listener);
  ::close(woken_);
}

std::string SwiftReceiver::address(std::size_t number) {
  const auto here = loopback(number, 0);
  std::array<char, INET_ADDRSTRLEN> text{};
  return ::inet_ntop(AF_INET, &here.sin_addr, text.data(), text.size());
}

SwiftReceiver::Seen SwiftReceiver::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

bool SwiftReceiver::wait_for(std::uint64_t messages, Duration limit) const {
  return wait_until([messages](const Seen& seen) { return seen.messages >= messages; }, limit);
}

bool SwiftReceiver::wait_for_open(std::uint64_t connections, Duration limit) const {
  return wait_until([connections](const Seen& seen) { return seen.open >= connections; }, limit);
}

bool SwiftReceiver::wait_until(const std::function<bool(const Seen&)>& holds,
                               Duration limit) const {
  const auto start = steady_now();
  while (!holds(seen())) {
    if (steady_now() - start > limit) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

void SwiftReceiver::note(std::uint64_t messages,
                         std::uint64_t warm_messages,
                         std::uint64_t warm_waits) {
  const auto now = steady_now();
  const std::lock_guard lock(mutex_);
  if (seen_.messages == 0) seen_.first = now;
  seen_.last = now;
  seen_.messages += messages;
  seen_.warm_messages += warm_messages;
  seen_.warm_waits += warm_waits;
}

void SwiftReceiver::serve() {
  std::vector<pollfd> watched;
  for (const int listener : listeners_)
    watched.push_back({.fd = listener, .events = POLLIN, .revents = 0});
  watched.push_back({.fd = woken_, .events = POLLIN, .revents = 0});
  for (;;) {
    ::poll(watched.data(), watched.size(), -1);
    if (watched.back().revents != 0) return;
    for (const auto& ready : watched) {
      if (ready.revents == 0) continue;
      const int socket = ::accept4(ready.fd, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      const std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
      ++seen_.connections;
      ++seen_.open;
      threads_.emplace_back([this, socket] {
        Connection(*this, socket).talk();
        ::shutdown(socket, SHUT_RDWR);
        const std::lock_guard done(mutex_);
        --seen_.open;
      });
    }
  }
}

}  // namespace greyhound::bench
