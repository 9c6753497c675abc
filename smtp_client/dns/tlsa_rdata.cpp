#include "smtp_client/dns/tlsa_rdata.hpp"

namespace greyhound::smtp {

std::optional<mail::TlsaRecord> decode_tlsa(std::span<const std::uint8_t> rdata) {
  constexpr std::size_t fields = 3;
  if (rdata.size() < fields) return std::nullopt;
  mail::TlsaRecord record{
      .usage = rdata[0], .selector = rdata[1], .matching_type = rdata[2], .data = {}};
  const auto data = rdata.subspan(fields);
  if (data.size() <= max_tlsa_data_bytes) record.data.assign(data.begin(), data.end());
  return record;
}

bool is_usable(const mail::TlsaRecord& record) {
  constexpr std::uint8_t whole = 0;
  constexpr std::uint8_t sha256 = 1;
  constexpr std::uint8_t sha512 = 2;
  const bool is_for_mail = record.usage == 2 || record.usage == 3;
  if (!is_for_mail || record.selector > 1) return false;
  switch (record.matching_type) {
    case whole:
      return !record.data.empty();
    case sha256:
      return record.data.size() == 32;
    case sha512:
      return record.data.size() == 64;
    default:
      return false;
  }
}

}  // namespace greyhound::smtp
