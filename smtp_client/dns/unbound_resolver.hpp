// UnboundResolver: the Resolver on libunbound, driven by the loop it was made on.
// Owner: agent. Runs on: its loop only.
#pragma once

#include <memory>

#include "runtime/clock.hpp"
#include "smtp_client/dns/resolver.hpp"
#include "smtp_client/smtp_settings.hpp"

namespace greyhound::smtp {

// Errors: config, with what libunbound said about which setting.
Result<std::unique_ptr<Resolver>> make_unbound_resolver(Executor loop,
                                                        const DnsSettings& settings,
                                                        Clock& clock);

}  // namespace greyhound::smtp
