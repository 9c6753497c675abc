// What the resolvers have in common: an answer's records as they came, and what they mean.
// Source: RFC 1035 section 4.1; RFC 2181 section 10.1 (aliases).
// Limits: max_records of one answer; the rest are not looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/result.hpp"
#include "smtp_client/dns/resolver.hpp"

namespace greyhound::smtp {

enum class RecordType : std::uint8_t { a = 1, mx = 15, txt = 16, aaaa = 28, tlsa = 52 };

struct RawAnswer {
  static constexpr std::size_t max_records = 100;

  int rcode = 0;
  bool is_secure = false;
  std::string canonical = {};  // as in DnsAnswer
  std::vector<std::vector<std::uint8_t>> records = {};
};

constexpr int rcode_no_error = 0;
constexpr int rcode_no_such_name = 3;

std::string rcode_text(int rcode);  // "SERVFAIL"

// The name of a host in lower case, without trailing dot; empty for any other.
std::string plain_host_name(std::string_view dotted);

std::optional<IpAddress> decode_a(std::span<const std::uint8_t> rdata);
std::optional<IpAddress> decode_aaaa(std::span<const std::uint8_t> rdata);

}  // namespace greyhound::smtp
