// UdpPeer: a UDP server on loopback that answers as a test says.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/ip.hpp"
#include "runtime/must.hpp"

namespace greyhound::smtp {

class UdpPeer {
 public:
  using Reply = std::function<void(const std::string&)>;
  using Behaviour = std::function<void(const std::string& question, const Reply&)>;

  // `behaviour` runs on a thread of its own.
  explicit UdpPeer(Behaviour behaviour)
      : behaviour_(std::move(behaviour)), socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    MUST(bind(socket_, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0);
    socklen_t size = sizeof here;
    MUST(getsockname(socket_, reinterpret_cast<sockaddr*>(&here), &size) == 0);
    endpoint_.port = ntohs(here.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  UdpPeer(const UdpPeer&) = delete;
  UdpPeer& operator=(const UdpPeer&) = delete;
  ~UdpPeer() {
    shutdown(socket_, SHUT_RDWR);  // wakes the thread
    thread_.join();
    close(socket_);
  }

  Endpoint endpoint() const { return endpoint_; }

 private:
  void serve() {
    for (;;) {
      std::array<char, 4096> bytes{};
      sockaddr_in from{};
      socklen_t size = sizeof from;
      auto* const caller = reinterpret_cast<sockaddr*>(&from);
      const auto count = recvfrom(socket_, bytes.data(), bytes.size(), 0, caller, &size);
      if (count <= 0) return;
      const Reply reply = [this, caller, size](const std::string& answer) {
        sendto(socket_, answer.data(), answer.size(), 0, caller, size);
      };
      behaviour_({bytes.data(), static_cast<std::size_t>(count)}, reply);
    }
  }

  Behaviour behaviour_;
  int socket_;
  Endpoint endpoint_{*IpAddress::parse("127.0.0.1"), 0};
  std::thread thread_;
};

// One question, one answer.
inline std::string ask_over_udp(const Endpoint& server, const std::string& question) {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_port = htons(server.port);
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  MUST(connect(descriptor, reinterpret_cast<sockaddr*>(&there), sizeof there) == 0);
  MUST(send(descriptor, question.data(), question.size(), 0) > 0);
  std::array<char, 4096> bytes{};
  const auto count = recv(descriptor, bytes.data(), bytes.size(), 0);
  close(descriptor);
  return {bytes.data(), static_cast<std::size_t>(count > 0 ? count : 0)};
}

}  // namespace greyhound::smtp
