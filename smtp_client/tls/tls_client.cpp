#include "smtp_client/tls/tls_client.hpp"

#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "runtime/ip.hpp"
#include "runtime/must.hpp"
#include "runtime/tls/tls_stream.hpp"
#include "smtp_client/tls/tls_dane.hpp"
#include "smtp_client/tls/tls_sessions.hpp"

namespace greyhound::smtp {
namespace {

struct SslContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContextPointer = std::unique_ptr<SSL_CTX, SslContextDeleter>;

// Hangs on an SSL object: where the sessions that its server offers go.
struct Ticketing {
  TlsSessions* sessions;
  std::string peer;
};

void free_ticketing(void*, void* data, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<Ticketing*>(data);
}

int ticketing_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_ticketing);
  return index;
}

// The session is ours if it gives 1.
int keep_session(SSL* ssl, SSL_SESSION* session) {
  auto* const ticketing = static_cast<Ticketing*>(SSL_get_ex_data(ssl, ticketing_index()));
  if (ticketing == nullptr) return 0;
  ticketing->sessions->put(ticketing->peer, SslSessionPointer(session));
  return 1;
}

SslContextPointer make_context() {
  SslContextPointer context(SSL_CTX_new(TLS_client_method()));
  MUST(context != nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), keep_session);
  return context;
}

std::string terms_of(SSL* ssl, const TlsPeer& peer) {
  const auto cipher =
      std::string(SSL_get_version(ssl)) + " " + SSL_CIPHER_get_name(SSL_get_current_cipher(ssl));
  return peer.level == mail::TlsLevel::dane ? cipher + dane_terms(ssl, peer.dane) : cipher;
}

// Only for a name that is asked for: a certificate of any other makes the handshake fail.
bool demand_name(SSL* ssl, const std::string& name) {
  if (!IpAddress::parse(name)) {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, name.c_str()) == 1;
  }
  return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
}

std::string why_refused(const SSL* ssl, const TlsPeer& peer, const std::string& failure) {
  const auto verdict = SSL_get_verify_result(ssl);
  if (verdict == X509_V_OK) return failure;
  if (verdict == X509_V_ERR_DANE_NO_MATCH) {
    return "no TLSA record of " + peer.dane.names.front() + " matches the certificate";
  }
  return std::string("certificate: ") + X509_verify_cert_error_string(verdict);
}

std::string key_of(const TlsPeer& peer, const Stream& stream) {
  const auto remote = stream.remote();
  const auto key = peer.name + " " + (remote ? remote->to_string() : "");
  if (peer.level == mail::TlsLevel::dane) return key + " " + dane_fingerprint(peer.dane);
  return mail::is_verified(peer.level) ? key + " verified" : key;
}

}  // namespace

struct TlsClient::Context {
  SslContextPointer any_certificate;
  SslContextPointer right_certificate;
  SslContextPointer signed_key;
  TlsSessions sessions{max_sessions};

  SSL_CTX* of(mail::TlsLevel level) const;
  SslPointer make_ssl(const TlsPeer& peer, const std::string& session_key);
};

SSL_CTX* TlsClient::Context::of(mail::TlsLevel level) const {
  if (level == mail::TlsLevel::dane) return signed_key.get();
  return mail::is_verified(level) ? right_certificate.get() : any_certificate.get();
}

// nullptr: what is asked for cannot be demanded of anybody.
SslPointer TlsClient::Context::make_ssl(const TlsPeer& peer, const std::string& session_key) {
  SslPointer ssl(SSL_new(of(peer.level)));
  MUST(ssl != nullptr);
  SSL_set_connect_state(ssl.get());
  if (peer.level == mail::TlsLevel::dane) {
    if (!demand_dane(ssl.get(), peer.dane)) return nullptr;
  } else {
    const bool is_name = !IpAddress::parse(peer.name);
    if (is_name) SSL_set_tlsext_host_name(ssl.get(), peer.name.c_str());
    if (mail::is_verified(peer.level) && !demand_name(ssl.get(), peer.name)) return nullptr;
  }
  SSL_set_ex_data(ssl.get(), ticketing_index(), new Ticketing{&sessions, session_key});
  if (const auto session = sessions.take(session_key)) SSL_set_session(ssl.get(), session.get());
  return ssl;
}

TlsClient::TlsClient(std::unique_ptr<Context> context) : context_(std::move(context)) {}
TlsClient::~TlsClient() = default;

Result<std::unique_ptr<TlsClient>> TlsClient::make(
    const std::optional<std::filesystem::path>& ca_file) {
  auto context = std::make_unique<Context>();
  context->any_certificate = make_context();
  // Weak encryption still beats the clear text that would be the alternative.
  SSL_CTX_set_security_level(context->any_certificate.get(), 1);
  context->signed_key = make_context();
  MUST(SSL_CTX_dane_enable(context->signed_key.get()) == 1);
  context->right_certificate = make_context();
  auto* const verifying = context->right_certificate.get();
  SSL_CTX_set_verify(verifying, SSL_VERIFY_PEER, nullptr);
  ERR_clear_error();
  const bool is_loaded = ca_file ? SSL_CTX_load_verify_file(verifying, ca_file->c_str()) == 1
                                 : SSL_CTX_set_default_verify_paths(verifying) == 1;
  if (!is_loaded) {
    const auto what = ca_file ? ca_file->string() : "the system's certificates";
    return Error{Fault::config, "smtp.tls.ca_file: " + what + ": " + runtime::tls_failure()};
  }
  return std::unique_ptr<TlsClient>(new TlsClient(std::move(context)));
}

bool TlsClient::may_resume(const TlsPeer& peer, const Stream& stream) const {
  return context_->sessions.has(key_of(peer, stream));
}

Awaitable<Result<EncryptedStream>> TlsClient::encrypt(std::unique_ptr<Stream> stream,
                                                      TlsPeer peer) {
  const auto session_key = key_of(peer, *stream);
  auto ssl = context_->make_ssl(peer, session_key);
  if (!ssl) co_return Error{Fault::protocol, peer.name + ": no certificate can say that"};
  auto encrypted = std::make_unique<TlsStream>(std::move(stream), std::move(ssl));
  const auto shaken = co_await encrypted->shake_hands();
  if (!shaken) {
    auto error = shaken.error();
    if (error.fault == Fault::protocol)
      error.what = why_refused(encrypted->ssl(), peer, error.what);
    co_return error;
  }
  // TLS 1.2 gives no new ticket where an old one was good.
  const bool is_good_for_more = SSL_session_reused(encrypted->ssl()) == 1 &&
                                SSL_version(encrypted->ssl()) == TLS1_2_VERSION &&
                                !context_->sessions.has(session_key);
  if (is_good_for_more) {
    context_->sessions.put(session_key, SslSessionPointer(SSL_get1_session(encrypted->ssl())));
  }
  auto terms = terms_of(encrypted->ssl(), peer);
  co_return EncryptedStream{std::move(encrypted), std::move(terms)};
}

}  // namespace greyhound::smtp
