// TlsClient: encrypts streams as the calling side, by OpenSSL: TLS 1.2 or newer, the server's name
// sent along, sessions resumed. It keeps to the level it is given and knows nothing of SMTP.
// Source: RFC 3207, RFC 8446, RFC 6125 (names), RFC 6066 (server name), RFC 7672 (DANE).
// Owner: agent, for its whole life. Runs on: any loop, several at a time.
// Limits: max_sessions resumable sessions are kept; the oldest goes first. A handshake has no
//         deadline of its own: Clock::within.
// Errors: network and closed as the stream below; protocol: the handshake failed or the
//         certificate is not as asked for, with OpenSSL's reason.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "mail/dane.hpp"
#include "mail/tls_level.hpp"
#include "runtime/stream.hpp"

namespace greyhound::smtp {

// The other end, as the caller knows it.
struct TlsPeer {
  std::string name;  // host name, or the text of an address: what the certificate must say
  mail::TlsLevel level = mail::TlsLevel::opportunistic;
  mail::Dane dane = {};  // of level `dane`: what the certificate is held against in its place
  friend bool operator==(const TlsPeer&, const TlsPeer&) = default;
};

struct EncryptedStream {
  std::unique_ptr<Stream> stream;
  std::string terms;  // "TLSv1.3 TLS_AES_256_GCM_SHA384, DANE 3 1 1"
};

class TlsClient {
 public:
  static constexpr std::size_t max_sessions = 2000;

  // `ca_file`: certificates of the authorities to trust, PEM; none: the system's.
  // Error: config, if they cannot be read.
  static Result<std::unique_ptr<TlsClient>> make(
      const std::optional<std::filesystem::path>& ca_file);
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient();

  // The stream with TLS on top, after the handshake. A handshake that fails ends the stream, and
  // the next one with that peer resumes nothing.
  Awaitable<Result<EncryptedStream>> encrypt(std::unique_ptr<Stream> stream, TlsPeer peer);

  // Whether encrypt() would offer that peer an old session.
  bool may_resume(const TlsPeer& peer, const Stream& stream) const;

 private:
  struct Context;
  explicit TlsClient(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
};

}  // namespace greyhound::smtp
