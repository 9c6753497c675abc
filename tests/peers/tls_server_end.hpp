// TlsServerEnd: the server's side of TLS on a blocking socket.
// Owner: a connection of a peer. Runs on: that connection's thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "peers/certificate.hpp"

namespace greyhound::peers {

// Loaded once for all connections, so that the second may resume what the first began.
class TlsServer {
 public:
  explicit TlsServer(const Certificate& certificate);
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer();

 private:
  friend class TlsServerEnd;
  struct Context;
  std::unique_ptr<Context> context_;
};

class TlsServerEnd {
 public:
  // `socket` stays the caller's.
  TlsServerEnd(const TlsServer& server, int socket);
  TlsServerEnd(const TlsServerEnd&) = delete;
  TlsServerEnd& operator=(const TlsServerEnd&) = delete;
  ~TlsServerEnd();

  bool accept();
  std::string receive();  // empty: no more comes
  bool send(std::string_view bytes);

  bool is_resumed() const;
  std::string server_name() const;  // that the client asked for

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace greyhound::peers
