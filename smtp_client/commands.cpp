#include "smtp_client/commands.hpp"

#include <algorithm>
#include <string_view>

#include "mail/utf8.hpp"

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

std::string mail_command(const mail::AttemptRequest& request,
                         const Passage& passage,
                         const Extensions& offered) {
  const auto& sender = request.reverse_path;
  std::string line = "MAIL FROM:<" + (sender ? sender->on_the_wire() : "") + ">";
  if (offered.has_size) line += " SIZE=" + std::to_string(passage.size_bytes);
  if (passage.is_eight_bit) line += " BODY=8BITMIME";
  if (passage.is_smtp_utf8) line += " SMTPUTF8";
  const bool requires_tls = request.tls_wish == mail::TlsWish::required;
  if (requires_tls && offered.has_require_tls) line += " REQUIRETLS";
  if (offered.has_dsn) {
    if (request.return_content == mail::Return::full) line += " RET=FULL";
    if (request.return_content == mail::Return::headers) line += " RET=HDRS";
    if (is_printable(request.envelope_id)) line += " ENVID=" + request.envelope_id;
  }
  return line + "\r\n";
}

std::string rcpt_command(const mail::Recipient& recipient, const Extensions& offered) {
  const auto address = recipient.address.on_the_wire();
  std::string line = "RCPT TO:<" + address + ">";
  if (offered.has_dsn) {
    if (recipient.notify.is_given) line += " NOTIFY=" + notify_value(recipient.notify);
    const auto original = recipient.original.empty() && address != recipient.address.text()
                              ? "utf-8;" + mail::to_utf8_xtext(recipient.address.text())
                              : recipient.original;
    if (is_printable(original)) line += " ORCPT=" + original;
  }
  return line + "\r\n";
}

}  // namespace greyhound::smtp
