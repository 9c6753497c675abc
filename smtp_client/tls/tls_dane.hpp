// TLSA records as demands on an SSL object.
// Source: RFC 7671 (matching, agility of digests: both OpenSSL's), RFC 7672 section 3.1 (which
// usages count in SMTP, and what DANE-EE does not look at).
// Runs on: any loop.
#pragma once

#include <string>

#include <openssl/ssl.h>

#include "mail/dane.hpp"

namespace greyhound::smtp {

// A certificate that no record fits makes the handshake fail. If OpenSSL can use none of them, all
// that is left to demand is encryption. False: OpenSSL cannot make that demand.
bool demand_dane(SSL* ssl, const mail::Dane& dane);

// After the handshake, how the server has proved itself: ", DANE 3 1 1". Empty: not at all.
std::string dane_terms(SSL* ssl, const mail::Dane& dane);

// The same only for the same demands.
std::string dane_fingerprint(const mail::Dane& dane);

}  // namespace greyhound::smtp
