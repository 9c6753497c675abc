// What the two grammars of MTA-STS, that of the TXT record and that of the policy, have in common.
// Source: RFC 8461 sections 3.1 and 3.2.
#pragma once

#include <algorithm>
#include <string_view>

namespace greyhound::smtp {

constexpr bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

constexpr std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

// Of a field that this version knows or of one to come.
constexpr bool is_sts_field_name(std::string_view name) {
  const auto fits = [](char c) {
    return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= 32 && is_letter_or_digit(name.front()) &&
         std::all_of(name.begin(), name.end(), fits);
}

}  // namespace greyhound::smtp
