// MxResolver: from a domain to the hosts that take its mail, or to the reason why there are none.
// Source: RFC 5321 section 5.1 (MX, implicit MX, equal preferences at random, no loops), RFC 7505
// (null MX), RFC 7672 section 2.2 (DANE); what is temporary, permanent or our own trouble: contract
// in docs/ARCHITECTURE.md, "DNS", "Ourselves", "Routes".
// Owner: SmtpCourier. Runs on: the dispatcher's loop.
// Limits: max_mx hosts of a domain, a few failing look-ups, max_addresses_per_host.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mail/courier.hpp"
#include "runtime/clock.hpp"
#include "runtime/random.hpp"
#include "smtp_client/dns/ourselves.hpp"
#include "smtp_client/dns/resolver.hpp"
#include "smtp_client/dns/route_table.hpp"
#include "smtp_client/dns/site_cache.hpp"
#include "smtp_client/smtp_settings.hpp"

namespace greyhound::smtp {

class MxResolver {
 public:
  struct Parts {
    const SmtpSettings& settings;
    Resolver& resolver;
    Clock& clock;
    Random& random;
    std::optional<std::string> self_test = {};  // a name that resolves wherever DNS works
  };

  explicit MxResolver(Parts parts);

  // `wish`: mail that needs no TLS is not held to TLSA records.
  Awaitable<mail::Located> locate(std::string domain,
                                  mail::ReversePath sender,
                                  mail::TlsWish wish = mail::TlsWish::as_usual);

  bool has_route(const std::string& domain, const mail::ReversePath& sender) const {
    return route_for(domain, sender) != nullptr;
  }

 private:
  struct Addresses {
    DnsStatus status;  // found, if there is one of either family
    std::vector<IpAddress> found;
    std::string reason;
    std::vector<std::string> tlsa_bases = {};  // of both families, if one is signed
  };
  struct Gathered;  // what the look-ups of a domain's hosts came to

  Awaitable<mail::Located> by_route(const Route* route);
  Awaitable<mail::Located> by_mx(std::string domain, mail::TlsWish wish);
  Awaitable<mail::Located> by_hosts(std::string domain,
                                    DnsAnswer<MxRecord> answer,
                                    mail::TlsWish wish);
  Awaitable<mail::Located> by_own_address(std::string domain, mail::TlsWish wish);
  mail::Located by_literal(const std::string& domain);

  Awaitable<Addresses> addresses_of(std::string host, AddressFamily family);
  Awaitable<Gathered> gather(std::vector<MxRecord> records);
  Awaitable<Gathered> with_dane(Gathered gathered);
  Awaitable<mail::Located> judge(std::string domain, std::string key, Gathered gathered);
  Awaitable<mail::Located> temporary(std::string reason);

  const Route* route_for(const std::string& domain, const mail::ReversePath& sender) const;
  std::vector<MxRecord> usable(std::vector<MxRecord> records);
  std::vector<Endpoint> to_endpoints(const std::vector<IpAddress>& addresses,
                                     std::uint16_t port) const;
  bool is_denied(const Endpoint& endpoint) const;
  bool wants_dane(mail::TlsWish wish) const;
  mail::Site assemble(RankedSite site, mail::TlsWish wish);

  Parts parts_;
  Ourselves ourselves_;
  RouteTable routes_;
  SiteCache cache_;
};

}  // namespace greyhound::smtp
