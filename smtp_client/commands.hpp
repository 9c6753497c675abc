// The command lines of one transaction, with the parameters that the server offered and no others.
// Source: RFC 5321 section 4.1.1, RFC 1870 section 6, RFC 6152 section 3, RFC 3461 sections 4 and
// 5.2.1 (passed on as received, absent if they were absent).
// Limits: every part comes from a checked Address or is left out unless it is printable ASCII, so
// that no stored byte can end a line.
#pragma once

#include <string>

#include "mail/attempt.hpp"
#include "smtp_client/extensions.hpp"

namespace greyhound::smtp {

std::string mail_command(const mail::AttemptRequest& request, const Extensions& offered);
std::string rcpt_command(const mail::Recipient& recipient, const Extensions& offered);

}  // namespace greyhound::smtp
