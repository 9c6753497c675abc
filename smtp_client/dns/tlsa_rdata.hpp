// The data of a TLSA record, and whether mail can make use of it.
// Source: RFC 6698 section 2.1; RFC 7672 section 3.1 (usages 2 and 3 only); RFC 7671 section 5.
// Limits: data of more than max_tlsa_data_bytes is left out, which makes the record unusable.
// Errors: nullopt for what is cut short.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "mail/dane.hpp"

namespace greyhound::smtp {

constexpr std::size_t max_tlsa_data_bytes = 4096;  // room for a whole certificate

std::optional<mail::TlsaRecord> decode_tlsa(std::span<const std::uint8_t> rdata);

bool is_usable(const mail::TlsaRecord& record);

}  // namespace greyhound::smtp
