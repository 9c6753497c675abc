// What signed DNS records demand of a mail host's TLS.
// Source: RFC 7672 sections 2.1 (secure, bogus, failed), 2.2 (usable records), 2.2.3 (base domain).
// Runs on: the resolver's loop.
// Limits: two base domains of a host; max_tlsa_records of one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mail/dane.hpp"
#include "mail/tls_level.hpp"
#include "smtp_client/dns/resolver.hpp"

namespace greyhound::smtp {

constexpr std::size_t max_tlsa_records = 16;  // that are usable

struct DaneDemand {
  std::optional<mail::TlsLevel> level = {};  // `dane` or `require`; none: nothing is demanded
  std::string base = {};
  std::vector<mail::TlsaRecord> records = {};
  std::string failure = {};  // not empty: nobody knows, and the host must not get mail
};

// Where TLSA records of a host whose address records came as `answer` may be, the best place first.
// Nowhere, unless they were signed.
std::vector<std::string> tlsa_bases(const std::string& host, const DnsAnswer<IpAddress>& answer);

// `bases` in that order.
Awaitable<DaneDemand> look_up_dane(Resolver* resolver,
                                   std::vector<std::string> bases,
                                   std::uint16_t port);

// `domain_names`: what the domain is called, if it was signed that the host is its MX. Only then a
// certificate may say one of them in place of the host's name (RFC 7672 section 3.2.2).
mail::Dane to_dane(DaneDemand demand, const std::vector<std::string>& domain_names);

}  // namespace greyhound::smtp
