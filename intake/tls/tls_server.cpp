#include "intake/tls/tls_server.hpp"

#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "runtime/must.hpp"
#include "runtime/tls/tls_stream.hpp"

namespace greyhound::intake {
namespace {

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ContextPointer = std::unique_ptr<SSL_CTX, ContextDeleter>;

Error bad_file(const std::string& key, const std::filesystem::path& path) {
  return {Fault::config,
          "intake.tls." + key + ": " + path.string() + ": " + runtime::tls_failure()};
}

}  // namespace

struct TlsServer::Context {
  ContextPointer ssl;
};

TlsServer::TlsServer(std::unique_ptr<Context> context) : context_(std::move(context)) {}
TlsServer::~TlsServer() = default;

// A session that is resumed proves nothing new here: clients are known by their login, not by a
// certificate.
Result<std::unique_ptr<TlsServer>> TlsServer::load(const TlsIdentity& identity) {
  ERR_clear_error();
  ContextPointer context(SSL_CTX_new(TLS_server_method()));
  MUST(context != nullptr);
  MUST(SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1);
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                          SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  const auto certificate = identity.certificate.string();
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
    return bad_file("certificate", identity.certificate);
  }
  const auto key = identity.key.string();
  if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return bad_file("key", identity.key);
  }
  auto made = std::make_unique<Context>();
  made->ssl = std::move(context);
  return std::unique_ptr<TlsServer>(new TlsServer(std::move(made)));
}

Awaitable<Result<TlsServer::Accepted>> TlsServer::accept(std::unique_ptr<Stream> below) const {
  SslPointer ssl(SSL_new(context_->ssl.get()));
  MUST(ssl != nullptr);
  SSL_set_accept_state(ssl.get());
  auto stream = std::make_unique<TlsStream>(std::move(below), std::move(ssl));
  const auto shaken = co_await stream->shake_hands();
  if (!shaken) co_return shaken.error();
  const auto* const name = SSL_CIPHER_standard_name(SSL_get_current_cipher(stream->ssl()));
  Accepted accepted{.stream = nullptr, .cipher = name == nullptr ? "unknown" : name};
  accepted.stream = std::move(stream);
  co_return std::move(accepted);
}

}  // namespace greyhound::intake
