// The resolver that the settings ask for.
#pragma once

#include <memory>

#include "runtime/clock.hpp"
#include "runtime/random.hpp"
#include "smtp_client/dns/resolver.hpp"
#include "smtp_client/smtp_settings.hpp"

namespace greyhound::smtp {

// Errors: config, with the setting at fault.
Result<std::unique_ptr<Resolver>> make_resolver(Executor loop,
                                                const DnsSettings& settings,
                                                Clock& clock,
                                                Random& random);

}  // namespace greyhound::smtp
