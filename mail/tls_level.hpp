// How much encryption is asked of the host that takes the mail.
#pragma once

#include <cstdint>

namespace greyhound::mail {

enum class TlsLevel : std::uint8_t {
  none,           // in the clear
  opportunistic,  // encrypted where it works, whoever is at the other end; else in the clear
  require,        // encrypted or not at all, whoever is at the other end
  dane,           // encrypted, to the host whose key is in signed DNS records: hosts only
  verify,         // encrypted, to the host that the certificate names
  implicit,       // as verify, from the first byte on (RFC 8314): routes only
};

constexpr bool is_obligatory(TlsLevel level) {
  return level >= TlsLevel::require;
}
// Whoever is at the other end has shown that it is the host that was meant.
constexpr bool is_authenticated(TlsLevel level) {
  return level >= TlsLevel::dane;
}
// By a certificate of an authority.
constexpr bool is_verified(TlsLevel level) {
  return level >= TlsLevel::verify;
}

}  // namespace greyhound::mail
