// Extensions: what a server offered in its last EHLO reply. Nothing is used that is not in here.
// Source: RFC 5321 section 4.1.1.1; SIZE RFC 1870, 8BITMIME RFC 6152, PIPELINING RFC 2920,
// DSN RFC 3461, ENHANCEDSTATUSCODES RFC 2034, SMTPUTF8 RFC 6531,
// STARTTLS RFC 3207, CHUNKING RFC 3030, AUTH RFC 4954, LIMITS RFC 9422, REQUIRETLS RFC 8689.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mail/credentials.hpp"
#include "mail/reply.hpp"

namespace greyhound::smtp {

struct Extensions {
  bool has_eight_bit_mime = false;
  bool has_size = false;
  bool has_pipelining = false;
  bool has_dsn = false;
  bool has_enhanced_status_codes = false;
  bool has_smtp_utf8 = false;
  bool has_starttls = false;
  bool has_chunking = false;
  bool has_require_tls = false;
  std::optional<std::uint64_t> size_limit_bytes = {};  // none: not stated, or "no fixed limit"
  std::vector<mail::LoginMechanism> logins = {};       // that we know
  // LIMITS. RCPTDOMAINMAX asks for nothing: a delivery goes to one domain.
  std::optional<std::size_t> recipients_per_message = {};
  std::optional<std::size_t> messages_per_session = {};
  friend bool operator==(const Extensions&, const Extensions&) = default;
};

// Unknown keywords and malformed parameters are ignored; case does not matter.
Extensions parse_extensions(const mail::Reply& ehlo_reply);

}  // namespace greyhound::smtp
