// What becomes of mail whose sender demands TLS all the way (REQUIRETLS): to which hosts it may go,
// and when none of them will ever do.
// Source: RFC 8689 sections 2, 4.2.1 and 5. Runs on: any. Pure.
#pragma once

#include <optional>
#include <string>

#include "mail/attempt.hpp"
#include "smtp_client/extensions.hpp"

namespace greyhound::smtp {

// Leaves the hosts that somebody vouches for, each of which has to prove who it is. An outcome:
// there is none, and nobody is called. A report, from the null reverse path, goes anywhere rather
// than be lost; it demands of others only what was known before.
std::optional<mail::Outcome> hold_to_wish(mail::AttemptRequest& request, mail::Site& site);

// What kept us from a session with one host; a host without STARTTLS is final for such mail.
mail::Outcome with_lack_final(const mail::AttemptRequest& request, mail::Outcome setback);

// `offered`: by a server that has proved who it is.
std::optional<mail::Outcome> require_tls_obstacle(const mail::AttemptRequest& request,
                                                  const Extensions& offered,
                                                  const std::string& host);

}  // namespace greyhound::smtp
