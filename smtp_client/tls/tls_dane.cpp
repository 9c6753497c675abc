#include "smtp_client/tls/tls_dane.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "runtime/must.hpp"
#include "smtp_client/dns/tlsa_rdata.hpp"

namespace greyhound::smtp {

bool demand_dane(SSL* ssl, const mail::Dane& dane) {
  if (dane.names.empty()) return false;
  // Sets the server name to ask for as well.
  if (SSL_dane_enable(ssl, dane.names.front().c_str()) <= 0) return false;
  SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const auto others = std::next(dane.names.begin());
  const bool are_names_set = std::all_of(others, dane.names.end(), [ssl](const std::string& name) {
    return SSL_add1_host(ssl, name.c_str()) == 1;
  });
  if (!are_names_set) return false;
  bool is_any_usable = false;
  for (const auto& record : dane.records) {
    if (!is_usable(record)) continue;
    const int added = SSL_dane_tlsa_add(ssl,
                                        record.usage,
                                        record.selector,
                                        record.matching_type,
                                        record.data.data(),
                                        record.data.size());
    if (added < 0) return false;
    is_any_usable |= added > 0;
  }
  SSL_set_verify(ssl, is_any_usable ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  return true;
}

std::string dane_terms(SSL* ssl, const mail::Dane& dane) {
  const std::string suffix = dane.is_mx_secure ? "" : ", MX not signed";
  const bool was_verified = SSL_get_verify_mode(ssl) == SSL_VERIFY_PEER;
  if (!was_verified) return {};
  if (SSL_session_reused(ssl) == 1) return ", DANE resumed" + suffix;
  std::uint8_t usage = 0;
  std::uint8_t selector = 0;
  std::uint8_t matching_type = 0;
  const int depth = SSL_get0_dane_tlsa(ssl, &usage, &selector, &matching_type, nullptr, nullptr);
  MUST(depth >= 0);  // the handshake would have failed
  return ", DANE " + std::to_string(usage) + " " + std::to_string(selector) + " " +
         std::to_string(matching_type) + suffix;
}

std::string dane_fingerprint(const mail::Dane& dane) {
  std::string text;
  for (const auto& name : dane.names)
    text += name + " ";
  for (const auto& record : dane.records) {
    text += std::to_string(record.usage) + " " + std::to_string(record.selector) + " " +
            std::to_string(record.matching_type) + " " + std::to_string(record.data.size()) + " ";
    text.append(record.data.begin(), record.data.end());
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  MUST(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  return {digest.begin(), digest.begin() + size};
}

}  // namespace greyhound::smtp
