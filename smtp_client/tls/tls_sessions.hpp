// TlsSessions: what resumes a TLS session, by peer. Kept apart by what was verified as well, so
// that a session that never was resumes none that must be.
// Owner: TlsClient. Runs on: any thread.
// Limits: `most` sessions; the one that was put first goes first.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include <openssl/ssl.h>

namespace greyhound::smtp {

struct SslSessionDeleter {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using SslSessionPointer = std::unique_ptr<SSL_SESSION, SslSessionDeleter>;

class TlsSessions {
 public:
  explicit TlsSessions(std::size_t most) : most_(most) {}

  void put(const std::string& peer, SslSessionPointer session);
  // Or none. Taken out: used once (RFC 8446 appendix C.4), and gone if it is what breaks the
  // handshake, whatever way that ends.
  SslSessionPointer take(const std::string& peer);
  bool has(const std::string& peer) const;

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, SslSessionPointer> sessions_;  // nullptr: taken
  std::deque<std::string> by_age_;
};

}  // namespace greyhound::smtp
