// SmtpSubmitter: hands one message to the agent's unix listener, over a blocking SMTP dialogue.
// Source: RFC 5321; RFC 3461 (NOTIFY, RET, ENVID only if the server announces DSN), RFC 6152,
// RFC 8689.
// All or nothing: if one recipient is refused, none gets the message, so that a caller who is told
// of a failure may try again without sending twice.
// Limits: 60 s a reply, 10 min for the one that makes us free of it; 400 KiB a reply.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cli/sendmail_arguments.hpp"
#include "cli/submission.hpp"
#include "mail/reply.hpp"

namespace greyhound::cli {

// Source: sysexits.h.
enum class Sysexit : std::uint8_t {
  ok = 0,
  usage = 64,
  data = 65,
  no_user = 67,
  unavailable = 69,
  io = 74,
  temporary = 75,
  config = 78,
};

struct SubmissionResult {
  Sysexit code;
  std::string what;            // the server's last reply, or why there is none
  bool is_agent_down = false;  // nobody answered, and nobody has anything of the message
};

SubmissionResult submit(const std::filesystem::path& socket,
                        const std::string& hostname,
                        const SendmailArguments& arguments,
                        const Submission& submission);

// What the caller of sendmail is told for a reply that is no success. `is_to_recipient`: it
// answered RCPT.
Sysexit sysexit_for(const mail::Reply& reply, bool is_to_recipient);

// Lines that start with a dot get another one; the end mark follows (RFC 5321 section 4.5.2).
std::string dot_stuffed(std::string_view content);

}  // namespace greyhound::cli
