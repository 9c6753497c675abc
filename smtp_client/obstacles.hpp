// What keeps a message from being sent to one server: its limits, content beyond 7 bits, addresses
// and header beyond ASCII. Another server of the site may offer more.
// Source: RFC 1870 section 6, RFC 6152 section 3, RFC 6531 section 3.2.
// Runs on: any. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mail/attempt.hpp"
#include "smtp_client/extensions.hpp"

namespace greyhound::smtp {

// An address in A-labels is not internationalised, so only local parts count, and the header.
// One recipient's address is no obstacle to the others.
std::optional<mail::Outcome> envelope_obstacle(const mail::AttemptRequest& request,
                                               const mail::Recipient& recipient,
                                               const Extensions& offered,
                                               const std::string& host);

std::optional<mail::Outcome> size_obstacle(std::uint64_t size_bytes,
                                           const Extensions& offered,
                                           const std::string& host);

// `problem`: why the content cannot be sent in 7 bits.
mail::Outcome eight_bit_obstacle(const std::string& problem, const std::string& host);

// Whether MAIL says SMTPUTF8: something needs it, or its client said so of content where something
// may, in the header of a part.
bool uses_smtp_utf8(const mail::AttemptRequest& request,
                    const std::vector<std::size_t>& recipients,
                    const Extensions& offered);

}  // namespace greyhound::smtp
