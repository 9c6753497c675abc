// The commands by which sendmail hands in an envelope, over a socket or in a drop file. Pure.
// Source: RFC 5321; RFC 1870 (SIZE), RFC 3461 (NOTIFY, RET, ENVID), RFC 6152, RFC 6531, RFC 8689.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "cli/sendmail_arguments.hpp"
#include "cli/submission.hpp"
#include "mail/address.hpp"

namespace greyhound::cli {

using Extensions = std::set<std::string>;  // keywords of EHLO, upper case

// What the agent offers to users of this machine: a drop file cannot ask it.
Extensions extensions_of_the_agent();

// Without their line ends; with a parameter only if its extension is offered.
std::string mail_command(const SendmailArguments& arguments,
                         const Submission& submission,
                         const Extensions& extensions);
std::string rcpt_command(const SendmailArguments& arguments,
                         const mail::Address& recipient,
                         const Extensions& extensions);

// ENVID in the form that MAIL takes (RFC 3461 section 4).
std::string to_xtext(std::string_view text);

}  // namespace greyhound::cli
