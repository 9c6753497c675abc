#include "cli/envelope_commands.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace greyhound::cli {
namespace {

bool has_utf8_address(const Submission& submission) {
  const auto is_utf8 = [](const mail::Address& address) { return !address.is_ascii(); };
  const auto& recipients = submission.recipients;
  return (submission.sender && is_utf8(*submission.sender)) ||
         std::any_of(recipients.begin(), recipients.end(), is_utf8);
}

}  // namespace

Extensions extensions_of_the_agent() {
  return {"SIZE", "8BITMIME", "SMTPUTF8", "DSN", "REQUIRETLS"};
}

std::string mail_command(const SendmailArguments& arguments,
                         const Submission& submission,
                         const Extensions& extensions) {
  auto command = "MAIL FROM:" + mail::to_string(submission.sender);
  if (extensions.contains("SIZE")) {
    command += " SIZE=" + std::to_string(submission.content.size());
  }
  const bool is_eight_bit = arguments.is_eight_bit || submission.has_eight_bit;
  if (is_eight_bit && extensions.contains("8BITMIME")) command += " BODY=8BITMIME";
  if (has_utf8_address(submission) && extensions.contains("SMTPUTF8")) command += " SMTPUTF8";
  if (arguments.requires_tls) command += " REQUIRETLS";
  if (!extensions.contains("DSN")) return command;
  if (!arguments.return_content.empty()) command += " RET=" + arguments.return_content;
  if (!arguments.envelope_id.empty()) command += " ENVID=" + to_xtext(arguments.envelope_id);
  return command;
}

std::string rcpt_command(const SendmailArguments& arguments,
                         const mail::Address& recipient,
                         const Extensions& extensions) {
  auto command = "RCPT TO:<" + recipient.text() + ">";
  const bool passes_notify = extensions.contains("DSN") && !arguments.notify.empty();
  if (passes_notify) command += " NOTIFY=" + arguments.notify;
  return command;
}

std::string to_xtext(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = c > ' ' && c < '\x7f' && c != '+' && c != '=';
    if (is_plain) {
      out += c;
    } else {
      out += fmt::format("+{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace greyhound::cli
