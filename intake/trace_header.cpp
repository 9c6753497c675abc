#include "intake/trace_header.hpp"

#include "mail/address.hpp"
#include "mail/date.hpp"

namespace greyhound::intake {
namespace {

bool is_address_literal(const std::string& text) {
  const auto address = mail::Address::parse("x@" + text);
  return address && address->is_literal();
}

std::string hello_text(const std::string& name) {
  return mail::is_host_name(name) || is_address_literal(name) ? name : "unknown";
}

std::string client_comment(const Client& client) {
  if (!client.address) return "(" + client.to_string() + ")";
  const auto text = client.address->to_string();
  return client.address->is_v4() ? "([" + text + "])" : "([IPv6:" + text + "])";
}

std::string protocol(const Trace& trace) {
  if (!trace.is_extended) return "SMTP";
  return std::string(trace.is_smtp_utf8 ? "UTF8SMTP" : "ESMTP") +
         (trace.client.cipher.empty() ? "" : "S") + (trace.client.user.empty() ? "" : "A");
}

}  // namespace

std::string trace_header(const Trace& trace) {
  return "Received: from " + hello_text(trace.hello_name) + " " + client_comment(trace.client) +
         "\r\n\tby " + trace.hostname + " with " + protocol(trace) + " id " + trace.id.to_string() +
         (trace.client.cipher.empty() ? "" : "\r\n\ttls " + trace.client.cipher) + ";\r\n\t" +
         mail::date_text(trace.at) + "\r\n";
}

}  // namespace greyhound::intake
