// Envelope: who a message is from and for, and what the sender asked to be told.
// Source: RFC 5321 section 2.3.1, RFC 3461 section 4 (NOTIFY, ORCPT, RET, ENVID), RFC 6531,
// RFC 8689 section 4.1 (TlsWish).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mail/address.hpp"

namespace greyhound::mail {

// NOTIFY of one recipient. Not given means: failure, and delay at our discretion.
struct Notify {
  bool is_given = false;
  bool on_success = false;
  bool on_failure = false;
  bool on_delay = false;  // given with all three false: NEVER

  bool wants_failure() const { return !is_given || on_failure; }
  bool allows_delay() const { return !is_given || on_delay; }
  friend bool operator==(const Notify&, const Notify&) = default;
};

enum class Return : std::uint8_t {  // persisted: never renumber
  unspecified = 0,
  headers = 1,
  full = 2,
};

// What the sender asks of encryption on the way.
enum class TlsWish : std::uint8_t {  // persisted: never renumber
  as_usual = 0,
  required = 1,      // REQUIRETLS: by verified hosts that promise the same, or not at all
  not_required = 2,  // "TLS-Required: No": whatever the recipients' domain demands
};

struct Recipient {
  Address address;
  Notify notify = {};
  std::string original = {};  // ORCPT as received ("rfc822;a+2Bb@c"), empty: none
  friend bool operator==(const Recipient&, const Recipient&) = default;
};

struct Envelope {
  ReversePath reverse_path;
  std::vector<Recipient> recipients;
  Return return_content = Return::unspecified;
  std::string envelope_id = {};  // ENVID as received (xtext), empty: none
  bool is_eight_bit = false;     // BODY=8BITMIME was declared
  bool is_smtp_utf8 = false;     // SMTPUTF8 was declared
  bool requires_tls = false;     // REQUIRETLS was given
};

}  // namespace greyhound::mail
