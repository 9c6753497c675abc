// What signed DNS records say of a host's certificate, for the courier to hold it against.
// Source: RFC 6698 section 2.1 (the fields of a record), RFC 7672 section 3.2.2 (the names).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace greyhound::mail {

struct TlsaRecord {
  std::uint8_t usage;
  std::uint8_t selector;
  std::uint8_t matching_type;
  std::vector<std::uint8_t> data;
  friend bool operator==(const TlsaRecord&, const TlsaRecord&) = default;
};

struct Dane {
  // A certificate that an authority in `records` has signed must say one of them. The first is the
  // TLSA base domain, which is also the name to ask the server for.
  std::vector<std::string> names = {};
  std::vector<TlsaRecord> records = {};
  bool is_mx_secure = false;  // else nothing shows that the host is the domain's own choice
  friend bool operator==(const Dane&, const Dane&) = default;
};

}  // namespace greyhound::mail
