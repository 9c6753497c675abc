#include "peers/certificate.hpp"

#include <iomanip>
#include <sstream>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "runtime/ip.hpp"
#include "runtime/must.hpp"

namespace greyhound::peers {
namespace {

constexpr long hour = 3600;

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct X509Deleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, KeyDeleter>;
using X509Pointer = std::unique_ptr<X509, X509Deleter>;

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  MUST(key != nullptr);
  return key;
}

std::string written(const std::unique_ptr<BIO, BioDeleter>& bio) {
  char* bytes = nullptr;
  const auto count = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(count)};
}

std::string to_pem(X509* certificate) {
  const std::unique_ptr<BIO, BioDeleter> bio(BIO_new(BIO_s_mem()));
  MUST(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return written(bio);
}

std::string to_pem(EVP_PKEY* key) {
  const std::unique_ptr<BIO, BioDeleter> bio(BIO_new(BIO_s_mem()));
  MUST(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return written(bio);
}

void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
  MUST(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

struct Subject {
  std::string name;
  EVP_PKEY* key;
  long from_s;  // from now
  long until_s;
};

// Unsigned, with the names and the key.
X509Pointer draft(const Subject& subject, X509* issuer) {
  static long serial = 0;
  X509Pointer certificate(X509_new());
  MUST(certificate != nullptr);
  auto* const made = certificate.get();
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made), subject.from_s);
  X509_gmtime_adj(X509_getm_notAfter(made), subject.until_s);
  X509_set_pubkey(made, subject.key);
  auto* const name = X509_get_subject_name(made);
  const auto* const text = reinterpret_cast<const unsigned char*>(subject.name.c_str());
  MUST(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1);
  X509_set_issuer_name(made, X509_get_subject_name(issuer == nullptr ? made : issuer));
  return certificate;
}

}  // namespace

struct Authority::Keys {
  Key key = make_key();
  X509Pointer certificate;

  Certificate issue(const std::string& name, long from_s, long until_s) const {
    const auto subject_key = make_key();
    const auto leaf = draft({name, subject_key.get(), from_s, until_s}, certificate.get());
    const auto kind = IpAddress::parse(name) ? "IP:" : "DNS:";
    extend(leaf.get(), certificate.get(), NID_subject_alt_name, kind + name);
    MUST(X509_sign(leaf.get(), key.get(), EVP_sha256()) > 0);
    return {.chain = to_pem(leaf.get()) + to_pem(certificate.get()),
            .key = to_pem(subject_key.get())};
  }
};

Authority::Authority() : keys_(std::make_unique<Keys>()) {
  keys_->certificate =
      draft({"authority of a test", keys_->key.get(), -2 * hour, 48 * hour}, nullptr);
  auto* const made = keys_->certificate.get();
  extend(made, made, NID_basic_constraints, "critical,CA:TRUE");
  extend(made, made, NID_subject_key_identifier, "hash");
  MUST(X509_sign(made, keys_->key.get(), EVP_sha256()) > 0);
}

Authority::~Authority() = default;

Certificate Authority::issue(const std::string& name) const {
  return keys_->issue(name, -hour, 24 * hour);
}

Certificate Authority::issue_stale(const std::string& name) const {
  return keys_->issue(name, -2 * hour, -hour);
}

std::string Authority::pem() const {
  return to_pem(keys_->certificate.get());
}

mail::TlsaRecord tlsa_of(const std::string& fields, const std::string& pem) {
  std::istringstream in(fields);
  int usage = 0;
  int selector = 0;
  int matching_type = 0;
  in >> usage >> selector >> matching_type;
  const std::unique_ptr<BIO, BioDeleter> bio(BIO_new_mem_buf(pem.data(), -1));
  const X509Pointer certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  MUST(certificate != nullptr);
  unsigned char* der = nullptr;
  const int size = selector == 0 ? i2d_X509(certificate.get(), &der)
                                 : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  MUST(size > 0);
  std::vector<std::uint8_t> data(der, der + size);
  OPENSSL_free(der);
  if (matching_type != 0) {
    std::vector<std::uint8_t> digest(EVP_MAX_MD_SIZE);
    unsigned digest_size = 0;
    const auto* const kind = matching_type == 1 ? EVP_sha256() : EVP_sha512();
    MUST(EVP_Digest(data.data(), data.size(), digest.data(), &digest_size, kind, nullptr) == 1);
    digest.resize(digest_size);
    data = digest;
  }
  return {.usage = static_cast<std::uint8_t>(usage),
          .selector = static_cast<std::uint8_t>(selector),
          .matching_type = static_cast<std::uint8_t>(matching_type),
          .data = std::move(data)};
}

std::string to_zone_text(const mail::TlsaRecord& record) {
  std::ostringstream out;
  out << int{record.usage} << ' ' << int{record.selector} << ' ' << int{record.matching_type} << ' '
      << std::hex << std::setfill('0');
  for (const auto byte : record.data)
    out << std::setw(2) << int{byte};
  return out.str();
}

}  // namespace greyhound::peers
