#include "peers/https_server.hpp"

#include <utility>

#include <sys/socket.h>

#include "peers/tls_server_end.hpp"

namespace greyhound::peers {

std::string HttpsServer::ok(const std::string& body, const std::string& media_type) {
  return "HTTP/1.1 200 OK\r\nContent-Type: " + media_type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" +
         body;
}

HttpsServer::HttpsServer(const Certificate& certificate, std::string response)
    : tls_(std::make_unique<TlsServer>(certificate)),
      response_(std::move(response)),
      listener_([this](int caller) { talk(caller); }) {}

HttpsServer::~HttpsServer() = default;

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
