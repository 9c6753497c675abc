#include "smtp_client/dns/make_resolver.hpp"

#include <utility>

#include "smtp_client/dns/stub_resolver.hpp"
#include "smtp_client/dns/unbound_resolver.hpp"

namespace greyhound::smtp {

Result<std::unique_ptr<Resolver>> make_resolver(Executor loop,
                                                const DnsSettings& settings,
                                                Clock& clock,
                                                Random& random) {
  if (settings.dnssec != Dnssec::trust_ad) {
    return make_unbound_resolver(std::move(loop), settings, clock);
  }
  if (settings.servers.empty()) {
    return Error{Fault::config, "dns: dnssec: trust_ad needs servers of its own, on loopback"};
  }
  return make_stub_resolver(std::move(loop), settings, clock, random);
}

}  // namespace greyhound::smtp
