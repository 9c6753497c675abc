#include "smtp_client/dns/dns_message.hpp"

#include <cstdlib>
#include <memory>

#include <ldns/ldns.h>

namespace greyhound::smtp {
namespace {

constexpr std::uint16_t max_udp_bytes = 1232;  // fits any path unfragmented
constexpr int max_aliases = 16;

struct FreeName {
  void operator()(ldns_rdf* name) const { ldns_rdf_deep_free(name); }
};
struct FreePacket {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};
struct FreeBytes {
  void operator()(void* bytes) const { std::free(bytes); }
};
using NamePtr = std::unique_ptr<ldns_rdf, FreeName>;
using PacketPtr = std::unique_ptr<ldns_pkt, FreePacket>;

ldns_rr_type to_ldns(RecordType type) {
  return static_cast<ldns_rr_type>(type);
}

NamePtr to_name(const std::string& text) {
  return NamePtr(ldns_dname_new_frm_str(text.c_str()));
}

std::string to_text(const ldns_rdf* name) {
  const std::unique_ptr<char, FreeBytes> text(ldns_rdf2str(name));
  return text ? plain_host_name(text.get()) : std::string();
}

bool is_of(const ldns_rr* record, ldns_rr_type type, const ldns_rdf* name) {
  return ldns_rr_get_type(record) == type && ldns_rr_get_class(record) == LDNS_RR_CLASS_IN &&
         ldns_dname_compare(ldns_rr_owner(record), name) == 0;
}

bool is_answer_to(const DnsQuestion& question, const ldns_pkt* packet, const ldns_rdf* name) {
  const auto* const asked = ldns_pkt_question(packet);
  if (!ldns_pkt_qr(packet) || ldns_pkt_id(packet) != question.id) return false;
  return ldns_rr_list_rr_count(asked) == 1 &&
         is_of(ldns_rr_list_rr(asked, 0), to_ldns(question.type), name);
}

std::vector<std::uint8_t> rdata_of(const ldns_rr* record) {
  std::vector<std::uint8_t> rdata;
  for (std::size_t i = 0; i < ldns_rr_rd_count(record); ++i) {
    const auto* const field = ldns_rr_rdf(record, i);
    const auto* const first = ldns_rdf_data(field);
    rdata.insert(rdata.end(), first, first + ldns_rdf_size(field));
  }
  return rdata;
}

const ldns_rdf* alias_target(const ldns_rdf* name, const ldns_rr_list* records) {
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(records); ++i) {
    const auto* const record = ldns_rr_list_rr(records, i);
    const bool fits = is_of(record, LDNS_RR_TYPE_CNAME, name) && ldns_rr_rd_count(record) == 1;
    if (fits) return ldns_rr_rdf(record, 0);
  }
  return nullptr;
}

// What `name` stands for, as far as `records` say; it lives as long as they or `name` itself.
const ldns_rdf* behind_aliases(const ldns_rdf* name, const ldns_rr_list* records) {
  for (int i = 0; i < max_aliases; ++i) {
    const auto* const target = alias_target(name, records);
    if (target == nullptr) break;
    name = target;
  }
  return name;
}

RawAnswer to_raw_answer(const ldns_pkt* packet, RecordType type, const ldns_rdf* asked) {
  RawAnswer answer{.rcode = static_cast<int>(ldns_pkt_get_rcode(packet))};
  answer.is_secure = ldns_pkt_ad(packet);
  const auto* const records = ldns_pkt_answer(packet);
  const auto* const name = behind_aliases(asked, records);
  answer.canonical = to_text(name);
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(records); ++i) {
    const auto* const record = ldns_rr_list_rr(records, i);
    const bool fits = is_of(record, to_ldns(type), name);
    if (fits && answer.records.size() < RawAnswer::max_records) {
      answer.records.push_back(rdata_of(record));
    }
  }
  return answer;
}

}  // namespace

std::vector<std::uint8_t> encode(const DnsQuestion& question) {
  auto name = to_name(question.name);
  if (!name) return {};
  const PacketPtr packet(ldns_pkt_query_new(
      name.release(), to_ldns(question.type), LDNS_RR_CLASS_IN, LDNS_RD | LDNS_AD));
  if (!packet) return {};
  ldns_pkt_set_id(packet.get(), question.id);
  ldns_pkt_set_edns_udp_size(packet.get(), max_udp_bytes);
  ldns_pkt_set_edns_do(packet.get(), true);
  std::uint8_t* bytes = nullptr;
  std::size_t count = 0;
  if (ldns_pkt2wire(&bytes, packet.get(), &count) != LDNS_STATUS_OK) return {};
  const std::unique_ptr<std::uint8_t, FreeBytes> owned(bytes);
  return {bytes, bytes + count};
}

std::optional<DnsReply> decode_reply(std::span<const std::uint8_t> wire,
                                     const DnsQuestion& question) {
  ldns_pkt* read = nullptr;
  if (ldns_wire2pkt(&read, wire.data(), wire.size()) != LDNS_STATUS_OK) return std::nullopt;
  const PacketPtr packet(read);
  const auto name = to_name(question.name);
  if (!name || !is_answer_to(question, packet.get(), name.get())) return std::nullopt;
  return DnsReply{.answer = to_raw_answer(packet.get(), question.type, name.get()),
                  .is_truncated = ldns_pkt_tc(packet.get())};
}

}  // namespace greyhound::smtp
