#include "peers/listener.hpp"

#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/must.hpp"

namespace greyhound::peers {
namespace {

constexpr int patience_s = 10;

}  // namespace

Listener::Listener(std::function<void(int socket)> attend, const std::string& address)
    : attend_(std::move(attend)),
      endpoint_{IpAddress::parse(address).value(), 0},
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  MUST(listener_ >= 0 && endpoint_.address.is_v4());
  sockaddr_in here{};
  here.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &here.sin_addr);
  auto* const generic = reinterpret_cast<sockaddr*>(&here);
  MUST(bind(listener_, generic, sizeof here) == 0 && listen(listener_, SOMAXCONN) == 0);
  socklen_t size = sizeof here;
  MUST(getsockname(listener_, generic, &size) == 0);
  endpoint_.port = ntohs(here.sin_port);
  thread_ = std::thread([this] { serve(); });
}

Listener::~Listener() {
  is_stopping_ = true;
  shutdown(listener_, SHUT_RDWR);  // wakes the thread
  thread_.join();
  close(listener_);
}

void Listener::serve() {
  for (;;) {
    const int caller = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (is_stopping_) {
      if (caller >= 0) close(caller);
      return;
    }
    if (caller < 0) continue;
    // A client that says no more must not stop the thread for good, in TLS neither.
    const timeval patience{.tv_sec = patience_s, .tv_usec = 0};
    setsockopt(caller, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    attend_(caller);
    close(caller);
  }
}

}  // namespace greyhound::peers
