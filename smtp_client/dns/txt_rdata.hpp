// The data of a TXT record as it came over the network: its strings, joined to one.
// Source: RFC 1035 section 3.3.14; RFC 8461 section 3.1 (joined without anything in between).
// Limits: max_txt_bytes. Errors: nullopt for anything cut short or too long.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace greyhound::smtp {

constexpr std::size_t max_txt_bytes = 4096;

std::optional<std::string> decode_txt(std::span<const std::uint8_t> rdata);

}  // namespace greyhound::smtp
