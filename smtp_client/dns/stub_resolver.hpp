// StubResolver: the Resolver that leaves all work to validating resolvers on loopback and believes
// their AD bit. libunbound cannot do that: it clears the bit of what it has not validated itself.
// Source: RFC 6840 sections 5.7 and 5.8.
// Owner: agent. Runs on: its loop only.
// Limits: dns.timeout for a question; in that time each server is asked a few times, by TCP where
//         its answer was cut.
#pragma once

#include <memory>

#include "runtime/clock.hpp"
#include "runtime/random.hpp"
#include "smtp_client/dns/resolver.hpp"
#include "smtp_client/smtp_settings.hpp"

namespace greyhound::smtp {

// `settings` names one server or more.
std::unique_ptr<Resolver> make_stub_resolver(Executor loop,
                                             const DnsSettings& settings,
                                             Clock& clock,
                                             Random& random);

}  // namespace greyhound::smtp
