#include "peers/tls_server_end.hpp"

#include <array>
#include <csignal>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "runtime/must.hpp"

namespace greyhound::peers {

struct TlsServer::Context {
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { SSL_CTX_free(ssl); }
  SSL_CTX* ssl = SSL_CTX_new(TLS_server_method());
};

TlsServer::TlsServer(const Certificate& certificate) : context_(std::make_unique<Context>()) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets whose other end has gone
  auto* const chain = BIO_new_mem_buf(certificate.chain.data(), -1);
  auto* const leaf = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr);
  auto* const secret = BIO_new_mem_buf(certificate.key.data(), -1);
  auto* const key = PEM_read_bio_PrivateKey(secret, nullptr, nullptr, nullptr);
  MUST(SSL_CTX_use_certificate(context_->ssl, leaf) == 1);
  while (auto* const issuer = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr)) {
    MUST(SSL_CTX_add_extra_chain_cert(context_->ssl, issuer) == 1);  // takes it over
  }
  ERR_clear_error();  // where the file ends
  MUST(SSL_CTX_use_PrivateKey(context_->ssl, key) == 1);
  BIO_free(chain);
  BIO_free(secret);
  X509_free(leaf);
  EVP_PKEY_free(key);
}

TlsServer::~TlsServer() = default;

struct TlsServerEnd::State {
  explicit State(SSL* made) : ssl(made) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { SSL_free(ssl); }
  SSL* ssl;
};

TlsServerEnd::TlsServerEnd(const TlsServer& server, int socket)
    : state_(std::make_unique<State>(SSL_new(server.context_->ssl))) {
  MUST(state_->ssl != nullptr && SSL_set_fd(state_->ssl, socket) == 1);
}

TlsServerEnd::~TlsServerEnd() = default;

bool TlsServerEnd::accept() {
  return SSL_accept(state_->ssl) == 1;
}

std::string TlsServerEnd::receive() {
  std::array<char, 16384> bytes{};  // a whole record
  const int count = SSL_read(state_->ssl, bytes.data(), bytes.size());
  return {bytes.data(), static_cast<std::size_t>(count > 0 ? count : 0)};
}

bool TlsServerEnd::send(std::string_view bytes) {
  if (bytes.empty()) return true;
  return SSL_write(state_->ssl, bytes.data(), static_cast<int>(bytes.size())) > 0;
}

bool TlsServerEnd::is_resumed() const {
  return SSL_session_reused(state_->ssl) == 1;
}

std::string TlsServerEnd::server_name() const {
  const auto* const name = SSL_get_servername(state_->ssl, TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

}  // namespace greyhound::peers
