#include "smtp_client/dns/mx_resolver.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "smtp_client/connect/deny_targets.hpp"
#include "smtp_client/dns/dane_lookup.hpp"
#include "smtp_client/reply_meaning.hpp"

namespace greyhound::smtp {

using mail::Located;
using mail::NoSite;
using mail::Stage;

namespace {

constexpr std::size_t max_addresses_per_host = 8;
constexpr std::size_t max_failing_hosts = 3;  // each may have cost two whole DNS timeouts

Located no_site(mail::Outcome outcome) {
  return NoSite{.outcome = std::move(outcome)};
}

Located never(mail::EnhancedStatus status, std::string reason) {
  return no_site(refused(Stage::dns, status, std::move(reason)));
}

Located not_now(std::string reason) {
  return no_site(deferred(Stage::dns, transient(4, 3), std::move(reason)));
}

bool is_absent(DnsStatus status) {
  return status == DnsStatus::no_data || status == DnsStatus::no_such_name;
}

// RFC 7505 section 3: only if it stands alone.
bool is_null_mx(const std::vector<MxRecord>& records) {
  return records.size() == 1 && records.front().exchange.empty();
}

// "[192.0.2.1]" or "[ipv6:2001:db8::1]", as Address lets it through.
std::optional<IpAddress> literal_address(std::string_view domain) {
  auto inner = domain.substr(1, domain.size() - 2);
  if (inner.starts_with("ipv6:")) inner.remove_prefix(5);
  return IpAddress::parse(inner);
}

std::string join(const std::set<std::string>& names) {
  std::string joined;
  for (const auto& name : names)
    joined += (joined.empty() ? "" : ",") + name;
  return joined;
}

bool is_of(AddressFamily family, const IpAddress& address) {
  return family == AddressFamily::any || (family == AddressFamily::v4) == address.is_v4();
}

}  // namespace

struct MxResolver::Gathered {
  std::vector<RankedHost> hosts = {};
  std::optional<std::uint16_t> best_without_address = {};  // its preference
  std::string failure = {};  // of the last look-up that failed for now; empty: none did
  // The domain, and what it is an alias of, if it was signed that these are its hosts.
  std::vector<std::string> domain_names = {};
  mail::TlsWish wish = mail::TlsWish::as_usual;
};

MxResolver::MxResolver(Parts parts)
    : parts_(std::move(parts)),
      ourselves_(parts_.settings.hostname, parts_.settings.own_listeners),
      routes_(parts_.settings.routes) {}

Awaitable<Located> MxResolver::locate(std::string domain,
                                      mail::ReversePath sender,
                                      mail::TlsWish wish) {
  if (const auto* route = route_for(domain, sender)) co_return co_await by_route(route);
  if (domain.starts_with('[')) co_return by_literal(domain);
  if (const auto* cached = cache_.find(domain, parts_.clock.steady())) {
    co_return assemble(*cached, wish);
  }
  co_return co_await by_mx(std::move(domain), wish);
}

const Route* MxResolver::route_for(const std::string& domain,
                                   const mail::ReversePath& sender) const {
  return routes_.find(domain, sender ? std::string_view(sender->text()) : "");
}

// Whatever goes wrong with a route is a mistake or a mishap of ours, so it is always temporary.
Awaitable<Located> MxResolver::by_route(const Route* route) {
  auto hops = route->next_hops;
  std::string key = "route:";
  for (const auto& hop : hops) {
    if (key.size() > 6) key += ',';
    key += hop.host + ":" + std::to_string(hop.port);
  }
  std::shuffle(hops.begin(), hops.end(), parts_.random);
  std::sort(hops.begin(), hops.end(), [](const NextHop& a, const NextHop& b) {
    return a.weight < b.weight;
  });
  const auto tls = route->tls.value_or(parts_.settings.tls.level);
  const auto& sources =
      route->source_addresses.empty() ? parts_.settings.source_addresses : route->source_addresses;
  mail::Site site{.key = key,
                  .hosts = {},
                  .is_route = true,
                  .tls = tls,
                  .sources = sources,
                  .credentials = route->credentials};
  for (const auto& hop : hops) {
    Addresses addresses{.status = DnsStatus::found, .found = {}, .reason = {}};
    if (const auto address = IpAddress::parse(hop.host)) {
      addresses.found.push_back(*address);
    } else {
      addresses = co_await addresses_of(hop.host, parts_.settings.family);
    }
    if (addresses.status == DnsStatus::failed) site.missing = addresses.reason;
    const auto endpoints = to_endpoints(addresses.found, hop.port);
    if (endpoints.empty()) continue;
    site.hosts.push_back({.name = hop.host, .endpoints = endpoints, .is_vouched_for = true});
  }
  if (!site.hosts.empty()) co_return site;
  const auto why = site.missing.empty() ? key + ": no next hop has an address" : site.missing;
  co_return co_await temporary(why);
}

Located MxResolver::by_literal(const std::string& domain) {
  const auto address = literal_address(domain);
  if (!address) return never(permanent(1, 2), domain + ": not an address");
  const Endpoint endpoint{*address, parts_.settings.port};
  if (ourselves_.listens_at(endpoint)) {
    return never(permanent(4, 6), domain + ": mail would come back to us");
  }
  if (is_denied(endpoint)) return not_now(domain + ": is in smtp.deny_targets");
  if (!is_of(parts_.settings.family, *address)) {
    return not_now(domain + ": is not of the address family in use");
  }
  mail::Host host{.name = domain, .endpoints = {endpoint}};
  return mail::Site{.key = domain,
                    .hosts = {std::move(host)},
                    .tls = parts_.settings.tls.level,
                    .sources = parts_.settings.source_addresses};
}

Awaitable<Located> MxResolver::by_mx(std::string domain, mail::TlsWish wish) {
  auto answer = co_await parts_.resolver.mx(domain);
  const bool wants_confirmation = answer.status == DnsStatus::no_such_name;
  if (wants_confirmation) answer = co_await parts_.resolver.mx(domain);
  switch (answer.status) {
    case DnsStatus::found:
      co_return co_await by_hosts(std::move(domain), std::move(answer), wish);
    case DnsStatus::no_data:
      co_return co_await by_own_address(std::move(domain), wish);
    case DnsStatus::no_such_name:
      co_return never(permanent(1, 2), domain + ": there is no such domain");
    case DnsStatus::failed:
      break;
  }
  co_return co_await temporary(std::move(answer.reason));
}

Awaitable<Located> MxResolver::by_hosts(std::string domain,
                                        DnsAnswer<MxRecord> answer,
                                        mail::TlsWish wish) {
  if (is_null_mx(answer.records)) {
    co_return never(permanent(1, 10), domain + ": takes no mail (null MX)");
  }
  auto records = usable(std::move(answer.records));
  if (records.empty()) co_return not_now(domain + ": none of its MX is the name of a host");
  std::set<std::string> names;
  for (const auto& record : records)
    names.insert(record.exchange);

  // Our own name, and what is no better than it, goes before any address is asked for.
  const auto self = std::find_if(records.begin(), records.end(), [this](const MxRecord& record) {
    return ourselves_.has_name(record.exchange);
  });
  if (self != records.end()) {
    const auto limit = self->preference;
    std::erase_if(records, [limit](const MxRecord& record) { return record.preference >= limit; });
  }
  if (records.empty()) {
    co_return never(permanent(4, 6), domain + ": its best MX is this host; mail would loop");
  }
  if (records.size() > parts_.settings.max_mx) records.resize(parts_.settings.max_mx);
  auto gathered = co_await gather(std::move(records));
  gathered.wish = wish;
  if (answer.is_secure) gathered.domain_names = {domain, answer.canonical};
  co_return co_await judge(std::move(domain), join(names), std::move(gathered));
}

// No MX: the domain itself is the host. That it has no address either is final only when asked
// twice.
Awaitable<Located> MxResolver::by_own_address(std::string domain, mail::TlsWish wish) {
  auto addresses = co_await addresses_of(domain, AddressFamily::any);
  if (is_absent(addresses.status)) {
    auto again = co_await parts_.resolver.mx(domain);
    if (again.status == DnsStatus::found) {
      co_return co_await by_hosts(std::move(domain), std::move(again), wish);
    }
    if (again.status == DnsStatus::failed) co_return co_await temporary(std::move(again.reason));
    addresses = co_await addresses_of(domain, AddressFamily::any);
  }
  if (is_absent(addresses.status)) {
    co_return never(permanent(4, 4), domain + ": has neither MX nor address");
  }
  if (addresses.status == DnsStatus::failed) {
    co_return co_await temporary(std::move(addresses.reason));
  }
  const auto endpoints = to_endpoints(addresses.found, parts_.settings.port);
  if (endpoints.empty()) co_return not_now(domain + ": no address of the family in use");
  Gathered gathered{.domain_names = addresses.tlsa_bases, .wish = wish};
  gathered.hosts.push_back({.preference = 0,
                            .host = {.name = domain, .endpoints = endpoints},
                            .tlsa_bases = addresses.tlsa_bases});
  const std::string key = domain;
  co_return co_await judge(std::move(domain), key, std::move(gathered));
}

Awaitable<MxResolver::Addresses> MxResolver::addresses_of(std::string host, AddressFamily family) {
  Addresses all{.status = DnsStatus::no_such_name, .found = {}, .reason = {}};
  bool has_failed = false;
  const auto add = [&all, &has_failed, &host](const DnsAnswer<IpAddress>& answer) {
    all.found.insert(all.found.end(), answer.records.begin(), answer.records.end());
    if (answer.status == DnsStatus::no_data) all.status = DnsStatus::no_data;
    if (all.tlsa_bases.empty()) all.tlsa_bases = tlsa_bases(host, answer);
    if (answer.status != DnsStatus::failed) return;
    has_failed = true;
    all.reason = answer.reason;
  };
  if (family != AddressFamily::v6) add(co_await parts_.resolver.a(host));
  if (family != AddressFamily::v4) add(co_await parts_.resolver.aaaa(host));
  if (has_failed) all.status = DnsStatus::failed;
  if (!all.found.empty()) all.status = DnsStatus::found;
  co_return all;
}

// One host without address does not spoil the others.
Awaitable<MxResolver::Gathered> MxResolver::gather(std::vector<MxRecord> records) {
  Gathered gathered;
  std::size_t failing = 0;
  for (const auto& record : records) {
    if (failing >= max_failing_hosts) break;
    auto addresses = co_await addresses_of(record.exchange, parts_.settings.family);
    if (addresses.status == DnsStatus::failed) {
      ++failing;
      gathered.failure = std::move(addresses.reason);
    }
    auto endpoints = to_endpoints(addresses.found, parts_.settings.port);
    if (endpoints.empty()) {
      if (!gathered.best_without_address) gathered.best_without_address = record.preference;
      continue;
    }
    mail::Host host{.name = record.exchange, .endpoints = std::move(endpoints)};
    gathered.hosts.push_back({.preference = record.preference,
                              .host = std::move(host),
                              .tlsa_bases = std::move(addresses.tlsa_bases)});
  }
  co_return gathered;
}

// A host of whose TLSA records nobody knows gets no mail: that may be somebody's doing.
Awaitable<MxResolver::Gathered> MxResolver::with_dane(Gathered gathered) {
  std::vector<RankedHost> kept;
  std::size_t unknown = 0;
  for (auto& ranked : gathered.hosts) {
    auto bases = std::exchange(ranked.tlsa_bases, {});
    const bool is_hopeless = !bases.empty() && unknown >= max_failing_hosts;
    if (is_hopeless) continue;
    auto demand = co_await look_up_dane(&parts_.resolver, std::move(bases), parts_.settings.port);
    if (!demand.failure.empty()) {
      ++unknown;
      gathered.failure = std::move(demand.failure);
      continue;
    }
    ranked.host.tls = demand.level;
    if (demand.level == mail::TlsLevel::dane) {
      ranked.host.dane = to_dane(std::move(demand), gathered.domain_names);
    }
    kept.push_back(std::move(ranked));
  }
  gathered.hosts = std::move(kept);
  co_return gathered;
}

// Drops what leads back to us or where mail must not go, and says what is left.
Awaitable<Located> MxResolver::judge(std::string domain, std::string key, Gathered gathered) {
  auto& hosts = gathered.hosts;
  const auto self = std::find_if(hosts.begin(), hosts.end(), [this](const RankedHost& ranked) {
    const auto& endpoints = ranked.host.endpoints;
    return std::any_of(endpoints.begin(), endpoints.end(), [this](const Endpoint& endpoint) {
      return ourselves_.listens_at(endpoint);
    });
  });
  if (self != hosts.end()) {
    const auto limit = self->preference;  // they come in order of preference
    std::erase_if(hosts, [limit](const RankedHost& host) { return host.preference >= limit; });
    const bool may_be_a_better_one = gathered.best_without_address.value_or(limit) < limit;
    if (hosts.empty() && !may_be_a_better_one) {
      co_return never(permanent(4, 6), domain + ": its best MX is this agent; mail would loop");
    }
  }
  std::string denied;
  for (auto& ranked : hosts) {
    std::erase_if(ranked.host.endpoints, [&](const Endpoint& endpoint) {
      if (!is_denied(endpoint)) return false;
      denied = ranked.host.name + " (" + endpoint.address.to_string() + ")";
      return true;
    });
  }
  std::erase_if(hosts, [](const RankedHost& ranked) { return ranked.host.endpoints.empty(); });
  for (auto& ranked : hosts)
    ranked.host.is_vouched_for = !gathered.domain_names.empty();
  if (wants_dane(gathered.wish)) gathered = co_await with_dane(std::move(gathered));
  if (hosts.empty() && !gathered.failure.empty()) co_return co_await temporary(gathered.failure);
  if (hosts.empty() && !denied.empty()) co_return not_now(denied + ": is in smtp.deny_targets");
  if (hosts.empty()) co_return not_now(domain + ": none of its MX has an address");
  RankedSite site{std::move(key), std::move(hosts), std::move(gathered.failure)};
  const bool is_whole = site.missing.empty() && gathered.wish != mail::TlsWish::not_required;
  if (is_whole) cache_.put(domain, site, parts_.clock.steady());
  co_return assemble(std::move(site), gathered.wish);
}

// Only a resolver that cannot tell even the name that always resolves is our own trouble.
Awaitable<Located> MxResolver::temporary(std::string reason) {
  NoSite none{.outcome = deferred(Stage::dns, transient(4, 3), std::move(reason))};
  if (parts_.self_test) {
    const auto answer = co_await parts_.resolver.a(*parts_.self_test);
    const bool works = answer.status == DnsStatus::found || answer.status == DnsStatus::no_data;
    none.is_ours = !works;
  }
  co_return none;
}

// Names of hosts, each once, best first, equals in random order.
std::vector<MxRecord> MxResolver::usable(std::vector<MxRecord> records) {
  std::erase_if(records,
                [](const MxRecord& record) { return !mail::is_host_name(record.exchange); });
  // Whatever a sort does to equals, after a shuffle their order is random.
  std::shuffle(records.begin(), records.end(), parts_.random);
  std::sort(records.begin(), records.end(), [](const MxRecord& a, const MxRecord& b) {
    return a.preference < b.preference;
  });
  std::set<std::string> seen;
  std::erase_if(records,
                [&seen](const MxRecord& record) { return !seen.insert(record.exchange).second; });
  return records;
}

std::vector<Endpoint> MxResolver::to_endpoints(const std::vector<IpAddress>& addresses,
                                               std::uint16_t port) const {
  std::vector<Endpoint> endpoints;
  for (const auto& address : addresses) {
    const bool fits = is_of(parts_.settings.family, address);
    if (fits && endpoints.size() < max_addresses_per_host) endpoints.push_back({address, port});
  }
  return endpoints;
}

bool MxResolver::is_denied(const Endpoint& endpoint) const {
  return smtp::is_denied(endpoint.address, parts_.settings.deny_targets);
}

// It makes more of a level that would take any server; it takes the place of none that demands an
// authority's certificate.
bool MxResolver::wants_dane(mail::TlsWish wish) const {
  const auto& tls = parts_.settings.tls;
  return tls.dane && wish != mail::TlsWish::not_required &&
         (tls.level == mail::TlsLevel::opportunistic || tls.level == mail::TlsLevel::require);
}

mail::Site MxResolver::assemble(RankedSite ranked, mail::TlsWish wish) {
  std::shuffle(ranked.hosts.begin(), ranked.hosts.end(), parts_.random);
  std::sort(ranked.hosts.begin(), ranked.hosts.end(), [](const RankedHost& a, const RankedHost& b) {
    return a.preference < b.preference;
  });
  mail::Site site{.key = std::move(ranked.key),
                  .hosts = {},
                  .tls = parts_.settings.tls.level,
                  .sources = parts_.settings.source_addresses,
                  .missing = std::move(ranked.missing)};
  for (auto& [preference, host, bases] : ranked.hosts) {
    if (wish == mail::TlsWish::not_required) host.tls.reset();
    site.hosts.push_back(std::move(host));
  }
  return site;
}

}  // namespace greyhound::smtp
