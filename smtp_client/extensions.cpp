#include "smtp_client/extensions.hpp"

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

void add(Extensions& offered, std::string_view line) {
  const auto space = line.find(' ');
  const auto keyword = mail::lower_case(line.substr(0, space));
  if (keyword == "8bitmime") offered.has_eight_bit_mime = true;
  if (keyword == "pipelining") offered.has_pipelining = true;
  if (keyword == "dsn") offered.has_dsn = true;
  if (keyword == "enhancedstatuscodes") offered.has_enhanced_status_codes = true;
  if (keyword == "smtputf8") offered.has_smtp_utf8 = true;
  if (keyword == "chunking") offered.has_chunking = true;
  if (keyword == "starttls") offered.has_starttls = true;
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
