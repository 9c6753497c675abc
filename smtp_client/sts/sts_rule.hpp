// What an MTA-STS policy makes of the hosts that a domain's mail may go to.
// Source: RFC 8461 sections 2 (DANE goes first), 4 and 5; RFC 8689 section 2. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "mail/courier.hpp"
#include "smtp_client/sts/sts_file.hpp"

namespace greyhound::smtp {

// Names of the hosts that the policy does not permit, in their order. A host that DANE speaks for
// is not the policy's business.
std::vector<std::string> hosts_against(const StsPolicy& policy, const mail::Site& site);

// Vouches for the hosts that it names.
void vouch(const StsPolicy& policy, mail::Site& site);

// The site as an enforced policy leaves it: permitted hosts that have to prove who they are, or, if
// there is none, a deferral. It is never more than that: the next look may find another policy.
mail::Located enforce(const StoredStsPolicy& stored, mail::Site site);

}  // namespace greyhound::smtp
