#include "runtime/tls/tls_stream.hpp"

#include <string>
#include <utility>

#include <openssl/err.h>

#include "runtime/must.hpp"

namespace greyhound::runtime {

std::string tls_failure() {
  std::string what;
  while (const auto code = ERR_get_error()) {
    const auto* reason = ERR_reason_error_string(code);
    if (what.empty() && reason != nullptr) what = reason;
  }
  return what.empty() ? "TLS failed" : what;
}

TlsStream::TlsStream(std::unique_ptr<Stream> below, SslPointer ssl)
    : below_(std::move(below)),
      ssl_(std::move(ssl)),
      in_(BIO_new(BIO_s_mem())),
      out_(BIO_new(BIO_s_mem())) {
  MUST(in_ != nullptr && out_ != nullptr);
  BIO_set_mem_eof_return(in_, -1);  // empty means: more may come
  SSL_set_bio(ssl_.get(), in_, out_);
}

// QUIT has said goodbye. Without this, OpenSSL takes the session for a broken one that must not be
// resumed.
TlsStream::~TlsStream() {
  if (SSL_is_init_finished(ssl_.get()) == 1) {
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }
}

Awaitable<Result<>> TlsStream::shake_hands() {
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) co_return co_await flush();
    const auto again = co_await help(result);
    if (!again) co_return again.error();
    if (!*again) co_return Error{Fault::closed, "connection closed by the other end"};
  }
}

Awaitable<Result<std::size_t>> TlsStream::read_some(std::span<char> into) {
  for (;;) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
    if (result == 1) co_return count;
    const auto again = co_await help(result);
    if (!again) co_return again.error();
    if (!*again) co_return Error{Fault::closed, "connection closed by the other end"};
  }
}

// In the records that OpenSSL makes of it; nothing is sent before all of `bytes` is encrypted, so
// that a flight of commands stays one packet.
Awaitable<Result<>> TlsStream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    if (result == 1) {
      bytes.remove_prefix(count);
      continue;
    }
    const auto again = co_await help(result);
    if (!again) co_return again.error();
    if (!*again) co_return Error{Fault::closed, "connection closed by the other end"};
  }
  co_return co_await flush();
}

bool TlsStream::is_quiet() {
  return SSL_has_pending(ssl_.get()) == 0 && BIO_pending(in_) == 0 && below_->is_quiet();
}

Awaitable<Result<bool>> TlsStream::help(int result) {
  const int why = SSL_get_error(ssl_.get(), result);
  // The list of errors is of this thread, on which another coroutine may run meanwhile.
  const auto failure = why == SSL_ERROR_SSL ? tls_failure() : std::string();
  // An alert that says why we end it is owed to the server as well.
  const auto flushed = co_await flush();
  switch (why) {
    case SSL_ERROR_WANT_READ: {
      if (!flushed) co_return flushed.error();
      const auto filled = co_await fill();
      if (!filled) co_return filled.error();
      co_return true;
    }
    case SSL_ERROR_WANT_WRITE:
      if (!flushed) co_return flushed.error();
      co_return true;
    case SSL_ERROR_ZERO_RETURN:
      co_return false;
    default:
      co_return Error{Fault::protocol, failure.empty() ? "TLS failed" : failure};
  }
}

Awaitable<Result<>> TlsStream::flush() {
  for (;;) {
    char* waiting = nullptr;
    const auto count = BIO_get_mem_data(out_, &waiting);
    if (count <= 0) co_return Result<>{};
    // Copied: a write of the SSL object may move its buffer while this one is under way.
    const std::string bytes(waiting, static_cast<std::size_t>(count));
    MUST(BIO_reset(out_) == 1);
    const auto written = co_await below_->write(bytes);
    if (!written) co_return written.error();
  }
}

Awaitable<Result<>> TlsStream::fill() {
  const auto count = co_await below_->read_some(bytes_);
  if (!count) co_return count.error();
  const auto taken = BIO_write(in_, bytes_.data(), static_cast<int>(*count));
  MUST(taken == static_cast<int>(*count));
  co_return Result<>{};
}

}  // namespace greyhound::runtime
