#include "smtp_client/commands.hpp"

#include <algorithm>
#include <string_view>

namespace greyhound::smtp {
namespace {

bool is_printable(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::string notify_value(const mail::Notify& notify) {
  std::string value;
  const auto add = [&value](std::string_view word) {
    if (!value.empty()) value += ',';
    value += word;
  };
  if (notify.on_success) add("SUCCESS");
  if (notify.on_failure) add("FAILURE");
  if (notify.on_delay) add("DELAY");
  return value.empty() ? "NEVER" : value;
}

}  // namespace

std::string mail_command(const mail::AttemptRequest& request, const Extensions& offered) {
  std::string line = "MAIL FROM:" + mail::to_string(request.reverse_path);
  if (offered.has_size) line += " SIZE=" + std::to_string(request.body->size_bytes());
  if (offered.has_eight_bit_mime && request.is_eight_bit) line += " BODY=8BITMIME";
  if (offered.has_dsn) {
    if (request.return_content == mail::Return::full) line += " RET=FULL";
    if (request.return_content == mail::Return::headers) line += " RET=HDRS";
    if (is_printable(request.envelope_id)) line += " ENVID=" + request.envelope_id;
  }
  return line + "\r\n";
}

std::string rcpt_command(const mail::Recipient& recipient, const Extensions& offered) {
  std::string line = "RCPT TO:<" + recipient.address.text() + ">";
  if (offered.has_dsn) {
    if (recipient.notify.is_given) line += " NOTIFY=" + notify_value(recipient.notify);
    if (is_printable(recipient.original)) line += " ORCPT=" + recipient.original;
  }
  return line + "\r\n";
}

}  // namespace greyhound::smtp
