// What a resolver answers: decode_reply over a whole message, for every type that is asked for, and
// what the records in it come to.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mail/address.hpp"
#include "runtime/must.hpp"
#include "smtp_client/dns/dns_message.hpp"
#include "smtp_client/dns/mx_rdata.hpp"
#include "smtp_client/dns/tlsa_rdata.hpp"
#include "smtp_client/dns/txt_rdata.hpp"

namespace greyhound::smtp {
namespace {

using Wire = std::span<const std::uint8_t>;

constexpr std::size_t header_bytes = 12;
constexpr std::size_t most_rdata_bytes = 65'535;
constexpr std::size_t most_name_bytes = 253;

void check_records(const RawAnswer& answer, RecordType type) {
  MUST(answer.records.size() <= RawAnswer::max_records);
  for (const auto& rdata : answer.records) {
    MUST(rdata.size() <= most_rdata_bytes);
    switch (type) {
      case RecordType::a:
        MUST(!decode_a(rdata) || rdata.size() == 4);
        break;
      case RecordType::aaaa:
        MUST(!decode_aaaa(rdata) || rdata.size() == 16);
        break;
      case RecordType::mx:
        static_cast<void>(decode_mx(rdata));
        break;
      case RecordType::txt:
        static_cast<void>(decode_txt(rdata));
        break;
      case RecordType::tlsa:
        static_cast<void>(decode_tlsa(rdata));
        break;
    }
  }
}

void check_reply(Wire wire, RecordType type) {
  const DnsQuestion question{.name = "d.test", .type = type, .id = 0x1234};
  const auto reply = decode_reply(wire, question);
  if (!reply) return;
  MUST(wire.size() > header_bytes && wire[0] == 0x12 && wire[1] == 0x34);
  MUST((wire[2] & 0x80) != 0);  // QR
  const auto& answer = reply->answer;
  MUST(reply->is_truncated == ((wire[2] & 0x02) != 0));
  MUST(answer.is_secure == ((wire[3] & 0x20) != 0));
  MUST(answer.rcode == (wire[3] & 0x0f));
  const auto& name = answer.canonical;
  MUST(name.empty() || (mail::is_host_name(name) && name == mail::lower_case(name)));
  check_records(answer, type);

  // The answer to one question is that to no other.
  auto other = question;
  other.id = 0x1235;
  MUST(!decode_reply(wire, other));
  other = question;
  other.name = "e.test";
  MUST(!decode_reply(wire, other));
}

// A question that comes back is the shortest reply.
void check_question(const std::string& name) {
  if (!mail::is_host_name(name)) return;
  const DnsQuestion question{.name = name, .type = RecordType::mx, .id = 0x1234};
  auto wire = encode(question);
  MUST(wire.empty() == (name.size() > most_name_bytes));
  if (wire.empty()) return;
  MUST(wire.size() > header_bytes);
  MUST(!decode_reply(wire, question));
  wire[2] |= 0x80;
  const auto reply = decode_reply(wire, question);
  MUST(reply && reply->answer.records.empty() && reply->answer.rcode == rcode_no_error);
  MUST(reply->answer.canonical == mail::lower_case(name));
}

}  // namespace
}  // namespace greyhound::smtp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace greyhound::smtp;
  for (const auto type :
       {RecordType::a, RecordType::mx, RecordType::txt, RecordType::aaaa, RecordType::tlsa}) {
    check_reply({data, size}, type);
  }
  check_question(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
