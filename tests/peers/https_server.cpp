#include "peers/https_server.hpp"

#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peers/tls_server_end.hpp"
#include "runtime/must.hpp"

namespace greyhound::peers {
namespace {

constexpr int patience_s = 10;
constexpr int forever = -1;

}  // namespace

std::string HttpsServer::ok(const std::string& body, const std::string& media_type) {
  return "HTTP/1.1 200 OK\r\nContent-Type: " + media_type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" +
         body;
}

HttpsServer::HttpsServer(const Certificate& certificate, std::string response)
    : tls_(std::make_unique<TlsServer>(certificate)),
      endpoint_{IpAddress::parse("127.0.0.1").value(), 0},
      response_(std::move(response)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  MUST(listener_ >= 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&here);
  MUST(bind(listener_, generic, sizeof here) == 0 && listen(listener_, SOMAXCONN) == 0);
  socklen_t size = sizeof here;
  MUST(getsockname(listener_, generic, &size) == 0);
  endpoint_.port = ntohs(here.sin_port);
  thread_ = std::thread([this] { serve(); });
}

HttpsServer::~HttpsServer() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  shutdown(listener_, SHUT_RDWR);  // wakes the thread
  thread_.join();
  close(listener_);
}

void HttpsServer::answer(std::string response) {
  const std::lock_guard lock(mutex_);
  response_ = std::move(response);
}

void HttpsServer::hold_back() {
  const std::lock_guard lock(mutex_);
  holds_back_ = true;
}

std::vector<HttpsRequest> HttpsServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void HttpsServer::serve() {
  for (;;) {
    pollfd ready{.fd = listener_, .events = POLLIN, .revents = 0};
    const bool has_caller = poll(&ready, 1, forever) > 0;
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_) return;
    }
    if (!has_caller) continue;
    const int caller = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (caller < 0) continue;
    const timeval patience{.tv_sec = patience_s, .tv_usec = 0};
    setsockopt(caller, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    talk(caller);
    close(caller);
  }
}

void HttpsServer::talk(int caller) {
  TlsServerEnd tls(*tls_, caller);
  if (!tls.accept()) return;
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    const auto more = tls.receive();
    if (more.empty()) return;
    head += more;
  }
  std::string response;
  bool is_silent = false;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back({.head = head, .server_name = tls.server_name()});
    response = response_;
    is_silent = holds_back_;
  }
  if (!is_silent) {
    tls.send(response);
    shutdown(caller, SHUT_WR);
  }
  // Until the client hangs up: an early close could cost it what it has not read yet.
  while (!tls.receive().empty()) {
  }
}

}  // namespace greyhound::peers
