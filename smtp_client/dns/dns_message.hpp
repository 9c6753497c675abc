// DNS messages as a stub resolver sends and reads them; libldns does the encoding.
// Source: RFC 1035 section 4.1, RFC 6891 (EDNS), RFC 6840 section 5.7 (AD in a question).
// Runs on: any loop. Limits: aliases are followed as far as the answer itself has them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "smtp_client/dns/dns_answer.hpp"

namespace greyhound::smtp {

struct DnsQuestion {
  std::string name;  // of a host, without trailing dot
  RecordType type;
  std::uint16_t id;
};

struct DnsReply {
  RawAnswer answer;           // is_secure: the AD bit
  bool is_truncated = false;  // and says nothing: to be asked for by TCP
};

// Asks for recursion and for the verdict of validation. Empty: not a name of the DNS.
std::vector<std::uint8_t> encode(const DnsQuestion& question);

// nullopt: not the answer to that question, or no DNS message.
std::optional<DnsReply> decode_reply(std::span<const std::uint8_t> wire,
                                     const DnsQuestion& question);

}  // namespace greyhound::smtp
