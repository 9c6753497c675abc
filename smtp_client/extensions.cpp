#include "smtp_client/extensions.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "mail/address.hpp"

namespace greyhound::smtp {
namespace {

// RFC 1870 section 4: zero says that there is no fixed limit.
std::optional<std::uint64_t> size_limit(std::string_view parameter) {
  std::uint64_t limit = 0;
  const auto* const begin = parameter.data();
  const auto* const end = begin + parameter.size();
  const auto [stop, error] = std::from_chars(begin, end, limit);
  if (error != std::errc{} || stop != end || limit == 0) return std::nullopt;
  return limit;
}

std::string_view next_word(std::string_view& rest) {
  const auto begin = std::min(rest.find_first_not_of(' '), rest.size());
  const auto end = std::min(rest.find(' ', begin), rest.size());
  const auto word = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return word;
}

std::vector<mail::LoginMechanism> known_logins(std::string_view names) {
  using mail::LoginMechanism;
  std::vector<LoginMechanism> known;
  for (auto name = next_word(names); !name.empty(); name = next_word(names)) {
    for (const auto mechanism :
         {LoginMechanism::scram_sha_256, LoginMechanism::plain, LoginMechanism::login}) {
      const bool is_it = mail::lower_case(name) == mail::lower_case(to_string(mechanism));
      if (is_it) known.push_back(mechanism);
    }
  }
  return known;
}

// RFC 9422 section 3: one to six digits, the first not zero; all else is ignored.
std::optional<std::size_t> limit_value(std::string_view text) {
  constexpr std::size_t most_digits = 6;
  if (text.empty() || text.size() > most_digits || text.front() == '0') return std::nullopt;
  std::size_t value = 0;
  const auto* const begin = text.data();
  const auto* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

void add_limits(Extensions& offered, std::string_view parameters) {
  for (auto word = next_word(parameters); !word.empty(); word = next_word(parameters)) {
    const auto equals = std::min(word.find('='), word.size());
    const auto name = mail::lower_case(word.substr(0, equals));
    const auto value = limit_value(word.substr(std::min(equals + 1, word.size())));
    if (name == "rcptmax" && value) offered.recipients_per_message = value;
    if (name == "mailmax" && value) offered.messages_per_session = value;
  }
}

void add(Extensions& offered, std::string_view line) {
  const auto space = line.find(' ');
  const auto keyword = mail::lower_case(line.substr(0, space));
  const auto parameters = line.substr(std::min(space, line.size()));
  if (keyword == "8bitmime") offered.has_eight_bit_mime = true;
  if (keyword == "pipelining") offered.has_pipelining = true;
  if (keyword == "dsn") offered.has_dsn = true;
  if (keyword == "enhancedstatuscodes") offered.has_enhanced_status_codes = true;
  if (keyword == "smtputf8") offered.has_smtp_utf8 = true;
  if (keyword == "chunking") offered.has_chunking = true;
  if (keyword == "requiretls") offered.has_require_tls = true;
  if (keyword == "starttls") offered.has_starttls = true;
  if (keyword == "auth") offered.logins = known_logins(parameters);
  if (keyword == "limits") add_limits(offered, parameters);
  if (keyword == "size") {
    offered.has_size = true;
    if (space != std::string_view::npos)
      offered.size_limit_bytes = size_limit(line.substr(space + 1));
  }
}

}  // namespace

Extensions parse_extensions(const mail::Reply& ehlo_reply) {
  Extensions offered;
  for (std::size_t i = 1; i < ehlo_reply.lines.size(); ++i) {  // the first line names the server
    add(offered, ehlo_reply.lines[i]);
  }
  return offered;
}

}  // namespace greyhound::smtp
