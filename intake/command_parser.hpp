// One command line of a client as a value, or the reply that refuses it.
// Source: RFC 5321 sections 4.1.1, 4.1.2 and 4.2.4; RFC 1870 section 3 (SIZE); RFC 6152 (BODY);
//         RFC 6531 section 3.4 (SMTPUTF8); RFC 8689 section 2 (REQUIRETLS);
//         RFC 3461 section 4 (RET, ENVID, NOTIFY, ORCPT); RFC 3030 section 2 (BDAT); RFC 3207
//         section 4 (STARTTLS); RFC 4954 sections 4 and 5 (AUTH).
// Runs on: any. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "intake/answer.hpp"
#include "mail/envelope.hpp"

namespace greyhound::intake {

struct Hello {
  bool is_extended = false;  // EHLO
  std::string name;          // as given: printable, no space, otherwise unchecked
};
struct MailFrom {
  mail::ReversePath reverse_path;
  std::optional<std::uint64_t>
      declared_size_bytes;    // SIZE=; more than 64 bits hold: the most they do
  bool is_eight_bit = false;  // BODY=8BITMIME
  bool is_smtp_utf8 = false;  // SMTPUTF8; without it the address is ASCII
  bool requires_tls = false;  // REQUIRETLS: whether it may be asked for is the session's to say
  mail::Return return_content = mail::Return::unspecified;  // RET
  std::string envelope_id = {};                             // ENVID
};
struct RcptTo {
  // An address beyond ASCII only if MAIL said SMTPUTF8: for the session to see to.
  mail::Recipient recipient;
  bool is_bare = false;  // it came without a domain
};
struct Data {};
struct Bdat {
  std::uint64_t octets = 0;  // that follow the command
  bool is_last = false;
};
// How many octets follow cannot be told: whatever comes next must not be taken for commands.
struct UnreadableBdat {};
struct StartTls {};
struct Auth {
  std::string mechanism;                             // in upper case, known or not
  std::optional<std::string> initial_response = {};  // decoded; "=" is an empty one
};
struct Reset {};
struct Noop {};
struct Verify {};
struct Quit {};
// A verb of HTTP and the like: a browser was made to talk to us, and what follows is not to be
// believed.
struct ForeignProtocol {};

using Command = std::variant<Hello,
                             MailFrom,
                             RcptTo,
                             Data,
                             Bdat,
                             UnreadableBdat,
                             StartTls,
                             Auth,
                             Reset,
                             Noop,
                             Verify,
                             Quit,
                             ForeignProtocol,
                             Answer>;

// `domain` completes bare addresses ("postmaster", "user"); with "localhost" it is the only domain
// that a recipient may name without a dot in it. Source routes are cut to their last hop (RFC 5321
// appendix C).
Command parse_command(std::string_view line, std::string_view domain);

Answer address_needs_smtp_utf8();
Answer unknown_mail_parameter();

}  // namespace greyhound::intake
