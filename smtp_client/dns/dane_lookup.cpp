#include "smtp_client/dns/dane_lookup.hpp"

#include <algorithm>
#include <utility>

#include "mail/address.hpp"
#include "smtp_client/dns/tlsa_rdata.hpp"

namespace greyhound::smtp {
namespace {

// Of a signed set. One that says nothing we understand still shows that there is TLS.
DaneDemand demand_of(std::string base, std::vector<mail::TlsaRecord> records) {
  DaneDemand demand{.level = mail::TlsLevel::require};
  for (auto& record : records) {
    if (is_usable(record) && demand.records.size() < max_tlsa_records) {
      demand.records.push_back(std::move(record));
    }
  }
  if (demand.records.empty()) return demand;
  demand.level = mail::TlsLevel::dane;
  demand.base = std::move(base);
  return demand;
}

}  // namespace

std::vector<std::string> tlsa_bases(const std::string& host, const DnsAnswer<IpAddress>& answer) {
  if (answer.status != DnsStatus::found || !answer.is_secure) return {};
  if (answer.canonical.empty() || answer.canonical == host) return {host};
  return {answer.canonical, host};
}

// Only a definite no means that a base has none (RFC 7672 section 2.1.2).
Awaitable<DaneDemand> look_up_dane(Resolver* resolver,
                                   std::vector<std::string> bases,
                                   std::uint16_t port) {
  const auto prefix = "_" + std::to_string(port) + "._tcp.";
  for (auto& base : bases) {
    if (!mail::is_host_name(prefix + base)) continue;  // too long for the DNS
    auto answer = co_await resolver->tlsa(prefix + base);
    if (answer.status == DnsStatus::failed) {
      DaneDemand unknown{.failure = std::move(answer.reason)};
      co_return unknown;
    }
    const bool is_demand = answer.status == DnsStatus::found && answer.is_secure;
    if (is_demand) co_return demand_of(std::move(base), std::move(answer.records));
  }
  co_return DaneDemand{};
}

mail::Dane to_dane(DaneDemand demand, const std::vector<std::string>& domain_names) {
  mail::Dane dane{.names = {std::move(demand.base)},
                  .records = std::move(demand.records),
                  .is_mx_secure = !domain_names.empty()};
  for (const auto& name : domain_names) {
    const bool is_known = std::find(dane.names.begin(), dane.names.end(), name) != dane.names.end();
    if (!name.empty() && !is_known) dane.names.push_back(name);
  }
  return dane;
}

}  // namespace greyhound::smtp
