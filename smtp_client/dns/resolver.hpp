// Resolver: DNS questions and their answers, as a port; unbound_resolver is the real one.
// Runs on: the dispatcher's loop.
// Source: RFC 1035, RFC 7505 (null MX), RFC 4035 (validation). What is temporary, permanent or our
// own trouble: contract in docs/ARCHITECTURE.md, "DNS".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mail/dane.hpp"
#include "runtime/awaitable.hpp"
#include "runtime/ip.hpp"
#include "runtime/result.hpp"

namespace greyhound::smtp {

enum class DnsStatus : std::uint8_t {
  found,
  no_data,       // the name exists, without such records
  no_such_name,  // NXDOMAIN
  failed,        // SERVFAIL, REFUSED, timeout, bogus: temporary
};

struct MxRecord {
  std::uint16_t preference;
  std::string exchange;  // lower case, without the trailing dot; empty: "." (null MX)
};

template <class Record>
struct DnsAnswer {
  DnsStatus status;
  std::vector<Record> records = {};
  bool is_secure = false;      // validated, with all aliases on the way
  std::string reason = {};     // of a failure: "MX of a.example: SERVFAIL"
  std::string canonical = {};  // what the name stands for, lower case; empty: no name of a host
};

class Resolver {
 public:
  Resolver() = default;
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  virtual ~Resolver() = default;

  virtual Awaitable<DnsAnswer<MxRecord>> mx(std::string domain) = 0;
  virtual Awaitable<DnsAnswer<IpAddress>> a(std::string host) = 0;
  virtual Awaitable<DnsAnswer<IpAddress>> aaaa(std::string host) = 0;
  virtual Awaitable<DnsAnswer<mail::TlsaRecord>> tlsa(std::string name) = 0;  // "_25._tcp.mx.test"
  virtual Awaitable<DnsAnswer<std::string>> txt(std::string name) = 0;
};

}  // namespace greyhound::smtp
