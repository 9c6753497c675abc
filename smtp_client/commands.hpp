// The command lines of one transaction, with the parameters that the server offered and no others.
// Source: RFC 5321 section 4.1.1, RFC 1870 section 6, RFC 6152 section 3, RFC 6531 section 3.4,
// RFC 8689 section 2, RFC 3461 sections 4 and 5.2.1 (passed on as received, absent if they were
// absent; ORCPT is added where the address does not go on as received), RFC 6533 section 3 (type
// utf-8).
// Limits: every part comes from a checked Address or is left out unless it is printable ASCII, so
// that no stored byte can end a line.
#pragma once

#include <cstdint>
#include <string>

#include "mail/attempt.hpp"
#include "smtp_client/extensions.hpp"

namespace greyhound::smtp {

// The message as it goes to one server.
struct Passage {
  std::uint64_t size_bytes = 0;
  bool is_eight_bit = false;
  bool is_smtp_utf8 = false;
};

std::string mail_command(const mail::AttemptRequest& request,
                         const Passage& passage,
                         const Extensions& offered);
std::string rcpt_command(const mail::Recipient& recipient, const Extensions& offered);

}  // namespace greyhound::smtp
