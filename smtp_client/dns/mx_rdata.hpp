// The data of an MX record as it came over the network.
// Source: RFC 1035 sections 3.3.9 and 3.1 (names as labels; the resolver has already expanded
// compression, so a pointer is malformed here).
// Errors: nullopt for anything cut short, over-long, compressed, with bytes left over, or with a
// label that no host name has room for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "smtp_client/dns/resolver.hpp"

namespace greyhound::smtp {

std::optional<MxRecord> decode_mx(std::span<const std::uint8_t> rdata);

}  // namespace greyhound::smtp
