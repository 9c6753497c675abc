#include "notify/delivery_status.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "mail/date.hpp"
#include "mail/utf8.hpp"
#include "notify/mime_part.hpp"
#include "notify/safe_text.hpp"
#include "runtime/ip.hpp"

namespace greyhound::notify {
namespace {

using mail::EnhancedStatus;

constexpr EnhancedStatus time_expired{EnhancedStatus::Class::permanent, 4, 7};

struct Action {
  std::string_view name;
  EnhancedStatus::Class status_class;  // that fits it (RFC 3464 section 2.3.4)
};

Action action_of(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::delay:
      return {"delayed", EnhancedStatus::Class::transient};
    case NoticeKind::relay:
      return {"relayed", EnhancedStatus::Class::success};
    case NoticeKind::failure:
    case NoticeKind::bounce:
      break;
  }
  return {"failed", EnhancedStatus::Class::permanent};
}

// Of the class of the action, whatever a server wrote.
EnhancedStatus status_of(const Action& action, const mail::Outcome& outcome) {
  const bool is_failure = action.status_class == EnhancedStatus::Class::permanent;
  if (is_failure && has_expired(outcome)) return time_expired;
  const auto said = outcome.status.status_class();
  const bool is_success = action.status_class == EnhancedStatus::Class::success;
  if ((said == EnhancedStatus::Class::success) != is_success) return {action.status_class, 0, 0};
  return outcome.status.with_class(action.status_class);
}

bool is_address_type(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// Empty: no ORCPT, or nothing that could stand in the field.
std::string original_recipient(const std::string& orcpt) {
  const auto semicolon = orcpt.find(';');
  if (semicolon == std::string::npos) return {};
  const auto type = orcpt.substr(0, semicolon);
  const auto address = orcpt.substr(semicolon + 1);
  if (!is_address_type(type) || address.empty()) return {};
  // An address of type utf-8 has an encoding of its own, which stays (RFC 6533 section 3).
  const bool is_xtext = mail::lower_case(type) != "utf-8";
  const auto decoded = is_xtext ? decode_xtext(address) : std::nullopt;
  return fmt::format("{}; {}", type, ascii_only(decoded.value_or(address)));
}

// In a report that is ASCII what is beyond it goes in the encoded form (RFC 6533 section 3).
std::string final_recipient(const mail::Address& address, bool is_global) {
  if (address.is_ascii()) return "rfc822; " + address.text();
  return "utf-8; " + (is_global ? address.text() : mail::to_utf8_xtext(address.text()));
}

std::string message_fields(const NoticeFacts& facts, const Reporter& reporter) {
  std::string out;
  if (!facts.envelope_id.empty()) {
    const auto decoded = decode_xtext(facts.envelope_id);
    out += header_field("Original-Envelope-Id", ascii_only(decoded.value_or(facts.envelope_id)));
  }
  out += header_field("Reporting-MTA", "dns; " + safe_host(reporter.hostname));
  return out + header_field("Arrival-Date", mail::date_text(facts.arrived));
}

std::string diagnostic_code(const mail::Reply& reply, bool is_global) {
  auto lines = reply_lines(reply);
  for (auto& line : lines)
    line = is_global ? readable_utf8(line) : ascii_only(line);
  lines.front().insert(0, "smtp; ");
  return header_field_of_lines("Diagnostic-Code", lines);
}

std::string recipient_fields(const NoticeFacts& facts, const NoticeRecipient& about) {
  const auto action = action_of(facts.kind);
  std::string out;
  if (const auto original = original_recipient(about.recipient.original); !original.empty()) {
    out += header_field("Original-Recipient", original);
  }
  out +=
      header_field("Final-Recipient", final_recipient(about.recipient.address, facts.is_global()));
  out += header_field("Action", action.name);
  out += header_field("Status", status_of(action, about.outcome).to_string());
  if (about.outcome.reply) {
    if (!about.host.empty()) out += header_field("Remote-MTA", "dns; " + safe_host(about.host));
    out += diagnostic_code(*about.outcome.reply, facts.is_global());
  }
  if (about.last_attempt)
    out += header_field("Last-Attempt-Date", mail::date_text(*about.last_attempt));
  out += header_field("Final-Log-ID", plain_id(facts.original_id));
  const bool is_delay = facts.kind == NoticeKind::delay;
  if (is_delay && about.expires)
    out += header_field("Will-Retry-Until", mail::date_text(*about.expires));
  return out;
}

}  // namespace

std::string delivery_status(const NoticeFacts& facts, const Reporter& reporter) {
  std::string out = message_fields(facts, reporter);
  for (const auto& recipient : facts.recipients)
    out += "\r\n" + recipient_fields(facts, recipient);
  return out;
}

bool has_expired(const mail::Outcome& outcome) {
  if (outcome.verdict != mail::Verdict::refused) return true;
  return outcome.stage == mail::Stage::local &&
         outcome.status.subject() == time_expired.subject() &&
         outcome.status.detail() == time_expired.detail();
}

std::string safe_host(const std::string& host) {
  const bool is_bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  auto inner = is_bracketed ? host.substr(1, host.size() - 2) : host;
  if (mail::lower_case(inner).starts_with("ipv6:")) inner.erase(0, 5);
  const auto address = IpAddress::parse(inner);
  if (!address) return mail::is_host_name(host) ? host : plain_id(host);
  return fmt::format("[{}{}]", address->is_v4() ? "" : "IPv6:", address->to_string());
}

std::vector<std::string> reply_lines(const mail::Reply& reply) {
  auto one_line_each = reply;
  for (auto& line : one_line_each.lines) {
    std::replace(line.begin(), line.end(), '\n', '\r');  // to_lines() separates by LF
  }
  std::vector<std::string> lines;
  std::string_view rest;
  const auto text = one_line_each.to_lines();
  for (rest = text; rest.find('\n') != std::string_view::npos;) {
    lines.emplace_back(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(lines.back().size() + 1);
  }
  lines.emplace_back(rest);
  return lines;
}

}  // namespace greyhound::notify
