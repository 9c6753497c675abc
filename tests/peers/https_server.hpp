// HttpsServer: a web server on loopback that answers every request with the bytes that a test gave
// it, and remembers what it was asked.
// Owner: a test. Runs on: a thread of its own; serves one connection after the other.
// Limits: a wait for the client gives up after ten seconds, so that a broken one ends the test.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "peers/certificate.hpp"
#include "peers/listener.hpp"

namespace greyhound::peers {

class TlsServer;

struct HttpsRequest {
  std::string head;         // up to the empty line
  std::string server_name;  // that the handshake asked for
};

class HttpsServer {
 public:
  // A whole response of status 200 with the length of `body`.
  static std::string ok(const std::string& body, const std::string& media_type = "text/plain");

  HttpsServer(const Certificate& certificate, std::string response);
  HttpsServer(const HttpsServer&) = delete;
  HttpsServer& operator=(const HttpsServer&) = delete;
  ~HttpsServer();

  Endpoint endpoint() const { return listener_.endpoint(); }

  void answer(std::string response);  // from the next request on
  void hold_back();                   // from now on nothing is answered, and nobody hung up on

  std::vector<HttpsRequest> requests() const;

 private:
  void talk(int caller);

  std::unique_ptr<TlsServer> tls_;
  mutable std::mutex mutex_;
  std::string response_;
  bool holds_back_ = false;
  std::vector<HttpsRequest> requests_;
  Listener listener_;
};

}  // namespace greyhound::peers
