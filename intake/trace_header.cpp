#include "intake/trace_header.hpp"

#include <array>
#include <chrono>
#include <string_view>

#include "mail/address.hpp"

namespace greyhound::intake {
namespace {

std::string two_digits(long number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

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
  if (trace.is_smtp_utf8) return "UTF8SMTP";
  return trace.is_extended ? "ESMTP" : "SMTP";
}

}  // namespace

std::string Client::to_string() const {
  if (address) return address->to_string();
  return uid ? "uid " + std::to_string(*uid) : "local";
}

std::string mail_date(Instant at) {
  constexpr std::array<std::string_view, 7> day_names{
      "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> month_names{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::weekday day(midnight);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - midnight));
  return std::string(day_names[day.c_encoding()]) + ", " +
         std::to_string(static_cast<unsigned>(date.day())) + " " +
         std::string(month_names[static_cast<unsigned>(date.month()) - 1]) + " " +
         std::to_string(static_cast<int>(date.year())) + " " + two_digits(time.hours().count()) +
         ":" + two_digits(time.minutes().count()) + ":" + two_digits(time.seconds().count()) +
         " +0000";
}

std::string trace_header(const Trace& trace) {
  return "Received: from " + hello_text(trace.hello_name) + " " + client_comment(trace.client) +
         "\r\n\tby " + trace.hostname + " with " + protocol(trace) + " id " + trace.id.to_string() +
         ";\r\n\t" + mail_date(trace.at) + "\r\n";
}

}  // namespace greyhound::intake
