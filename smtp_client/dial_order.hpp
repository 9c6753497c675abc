// Which hosts and addresses one attempt dials, in which order, and from where: a greylisted
// delivery goes first to the host, the family and from the address that it was greylisted with.
// Source: contract in docs/ARCHITECTURE.md, "Affinity"; RFC 5321 section 5.1 (two addresses or
// more).
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "mail/attempt.hpp"
#include "runtime/ip.hpp"

namespace greyhound::smtp {

inline constexpr std::size_t max_dialled_addresses_per_host = 2;

// At most `max_hosts`; the families of a host take turns, so that the bound leaves one of each.
std::vector<mail::Host> dial_order(const mail::Site& site,
                                   const mail::Affinity& affinity,
                                   std::size_t max_hosts);

// None: the system chooses.
std::optional<IpAddress> source_for(const Endpoint& to,
                                    const mail::Affinity& affinity,
                                    const std::vector<IpAddress>& configured);

}  // namespace greyhound::smtp
