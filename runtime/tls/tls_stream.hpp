// TlsStream: bytes through an SSL object over any other stream. OpenSSL sees memory only, so that
// sockets and simulated networks are the same to it.
// Owner: a session. Runs on: the loop of the stream below, one call at a time.
// Errors: those of the stream below; protocol for what breaks the rules of TLS. An end without
//         close_notify is Fault::closed like one with it: a reply of SMTP cannot be cut short
//         unnoticed.
#pragma once

#include <array>
#include <memory>

#include <openssl/ssl.h>

#include "runtime/stream.hpp"

namespace greyhound::runtime {

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPointer = std::unique_ptr<SSL, SslDeleter>;

class TlsStream final : public Stream {
 public:
  // `ssl` is set to connect or to accept and has no BIO yet.
  TlsStream(std::unique_ptr<Stream> below, SslPointer ssl);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;
  ~TlsStream() override;

  Awaitable<Result<>> shake_hands();

  Awaitable<Result<std::size_t>> read_some(std::span<char> into) override;
  Awaitable<Result<>> write(std::string_view bytes) override;
  void expire_after(Duration limit) override { below_->expire_after(limit); }
  bool is_quiet() override;
  void close() override { below_->close(); }
  std::optional<Endpoint> local() const override { return below_->local(); }
  std::optional<Endpoint> remote() const override { return below_->remote(); }

  SSL* ssl() const { return ssl_.get(); }

 private:
  // After a call on the SSL object that came to `result`: does the I/O it waits for. True: again.
  Awaitable<Result<bool>> help(int result);
  Awaitable<Result<>> flush();
  Awaitable<Result<>> fill();

  std::unique_ptr<Stream> below_;
  SslPointer ssl_;
  BIO* in_;   // of ssl_
  BIO* out_;  // of ssl_
  std::array<char, 8192> bytes_{};
};

// What OpenSSL says of the last failure on this thread; empties its list.
std::string tls_failure();

}  // namespace greyhound::runtime

namespace greyhound {
using runtime::SslPointer;
using runtime::TlsStream;
}  // namespace greyhound
