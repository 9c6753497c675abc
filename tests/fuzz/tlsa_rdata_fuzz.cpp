// What DNS says of a host's certificate: decode_tlsa and is_usable over the data of one record.
#include <algorithm>
#include <cstdint>
#include <span>

#include "runtime/must.hpp"
#include "smtp_client/dns/tlsa_rdata.hpp"

namespace greyhound::smtp {
namespace {

void check_usable(const mail::TlsaRecord& record) {
  MUST(record.usage == 2 || record.usage == 3);  // RFC 7672 section 3.1.3
  MUST(record.selector <= 1 && record.matching_type <= 2 && !record.data.empty());
  if (record.matching_type == 1) MUST(record.data.size() == 32);
  if (record.matching_type == 2) MUST(record.data.size() == 64);
}

void check_record(std::span<const std::uint8_t> rdata) {
  const auto record = decode_tlsa(rdata);
  MUST(record.has_value() == (rdata.size() >= 3));
  if (!record) return;
  MUST(record->usage == rdata[0] && record->selector == rdata[1]);
  MUST(record->matching_type == rdata[2]);
  const auto data = rdata.subspan(3);
  const bool is_kept = data.size() <= max_tlsa_data_bytes;
  MUST(record->data.size() == (is_kept ? data.size() : 0));
  MUST(!is_kept || std::equal(data.begin(), data.end(), record->data.begin()));
  if (is_usable(*record)) check_usable(*record);
}

}  // namespace
}  // namespace greyhound::smtp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  greyhound::smtp::check_record({data, size});
  return 0;
}
