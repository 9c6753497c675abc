// Layout of the records beside messages and deliveries: ledger lines, site facts, quarantine
// (docs/storage-format.md). Old versions stay readable for ever (tests/golden/queue).
// Errors: decode functions give Fault::corrupt for whatever encode() would not have written.
#pragma once

#include <string>
#include <string_view>

#include "queue/ledger.hpp"
#include "queue/site_facts.hpp"
#include "runtime/result.hpp"

namespace greyhound::queue {

// The position is in the key.
std::string encode(const LedgerLine& line);
Result<LedgerLine> decode_ledger_line(const LedgerPosition& position, std::string_view record);

// The name is the key.
std::string encode(const SiteFacts& facts);
Result<SiteFacts> decode_site_facts(const std::string& site, std::string_view record);

// A record that was taken out of its family, byte for byte.
struct QuarantineRecord {
  Instant at;
  std::string why;
  std::string bytes;
};
std::string encode(const QuarantineRecord& quarantined);
Result<QuarantineRecord> decode_quarantine_record(std::string_view record);

}  // namespace greyhound::queue
