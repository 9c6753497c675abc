// Which hosts and addresses one attempt dials, in which order, and from where: a greylisted
// delivery goes first to the host, the family and from the address that it was greylisted with;
// what did not answer lately comes last.
// Source: contract in docs/ARCHITECTURE.md, "Affinity"; RFC 5321 section 5.1 (two addresses or
// more).
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "mail/attempt.hpp"
#include "runtime/ip.hpp"
#include "smtp_client/connect/reachability.hpp"

namespace greyhound::smtp {

inline constexpr std::size_t max_dialled_addresses_per_host = 2;

// At most `max_hosts`; the families of a host take turns, so that the bound leaves one of each.
std::vector<mail::Host> dial_order(const mail::Site& site,
                                   const mail::Affinity& affinity,
                                   std::size_t max_hosts,
                                   const Reachability& reachability,
                                   SteadyInstant now);

// The pinned address; where it is gone a neighbour of it; else always the same one for a site, so
// that a pool shares the sites among its addresses. None: the system chooses.
std::optional<IpAddress> source_for(const Endpoint& to,
                                    const mail::Affinity& affinity,
                                    const mail::Site& site);

}  // namespace greyhound::smtp
