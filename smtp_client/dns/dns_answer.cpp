#include "smtp_client/dns/dns_answer.hpp"

#include <algorithm>
#include <array>

#include "mail/address.hpp"

namespace greyhound::smtp {
namespace {

template <std::size_t Size>
std::optional<std::array<std::uint8_t, Size>> exactly(std::span<const std::uint8_t> rdata) {
  if (rdata.size() != Size) return std::nullopt;
  std::array<std::uint8_t, Size> bytes{};
  std::copy(rdata.begin(), rdata.end(), bytes.begin());
  return bytes;
}

}  // namespace

std::string rcode_text(int rcode) {
  switch (rcode) {
    case 1:
      return "FORMERR";
    case 2:
      return "SERVFAIL";
    case 4:
      return "NOTIMP";
    case 5:
      return "REFUSED";
    default:
      return "rcode " + std::to_string(rcode);
  }
}

std::string plain_host_name(std::string_view dotted) {
  if (dotted.ends_with('.')) dotted.remove_suffix(1);
  return mail::is_host_name(dotted) ? mail::lower_case(dotted) : std::string();
}

std::optional<IpAddress> decode_a(std::span<const std::uint8_t> rdata) {
  const auto bytes = exactly<4>(rdata);
  return bytes ? std::optional(IpAddress::from_v4_bytes(*bytes)) : std::nullopt;
}

std::optional<IpAddress> decode_aaaa(std::span<const std::uint8_t> rdata) {
  const auto bytes = exactly<16>(rdata);
  return bytes ? std::optional(IpAddress::from_v6_bytes(*bytes)) : std::nullopt;
}

}  // namespace greyhound::smtp
