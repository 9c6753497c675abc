#include "intake/dsn_parameters.hpp"

#include <algorithm>

#include "mail/address.hpp"

namespace greyhound::intake {
namespace {

constexpr std::size_t max_envelope_id = 100;
constexpr std::size_t max_original_recipient = 500;

bool is_printable_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// Printable ASCII without '=', where '+' begins two upper-case hexadecimal digits.
bool is_xtext(std::string_view text) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c <= ' ' || c > '~' || c == '=') return false;
    if (c != '+') continue;
    if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
    i += 2;
  }
  return true;
}

bool is_address_type(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// One word of NOTIFY; false: it is none, or there twice.
bool take_word(std::string_view word, mail::Notify& into) {
  const auto lower = mail::lower_case(word);
  bool* const wish = lower == "success"   ? &into.on_success
                     : lower == "failure" ? &into.on_failure
                     : lower == "delay"   ? &into.on_delay
                                          : nullptr;
  if (wish == nullptr || *wish) return false;
  *wish = true;
  return true;
}

}  // namespace

std::optional<mail::Return> parse_return(std::string_view value) {
  const auto lower = mail::lower_case(value);
  if (lower == "full") return mail::Return::full;
  if (lower == "hdrs") return mail::Return::headers;
  return std::nullopt;
}

std::optional<std::string> parse_envelope_id(std::string_view value) {
  if (value.empty() || value.size() > max_envelope_id || !is_xtext(value)) return std::nullopt;
  return std::string(value);
}

std::optional<mail::Notify> parse_notify(std::string_view value) {
  mail::Notify wish{.is_given = true};
  if (mail::lower_case(value) == "never") return wish;
  for (;;) {
    const auto comma = std::min(value.find(','), value.size());
    if (!take_word(value.substr(0, comma), wish)) return std::nullopt;
    if (comma == value.size()) return wish;
    value.remove_prefix(comma + 1);
  }
}

std::optional<std::string> parse_original_recipient(std::string_view value) {
  const auto semicolon = value.find(';');
  if (semicolon == std::string_view::npos || value.size() > max_original_recipient) {
    return std::nullopt;
  }
  const auto type = value.substr(0, semicolon);
  const auto address = value.substr(semicolon + 1);
  const bool is_encoded =
      mail::lower_case(type) == "utf-8" ? is_printable_word(address) : is_xtext(address);
  if (!is_address_type(type) || address.empty() || !is_encoded) return std::nullopt;
  return std::string(value);
}

}  // namespace greyhound::intake
