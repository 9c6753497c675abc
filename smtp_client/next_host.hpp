// Whether a setback at one host is a reason to go to the next one of the site. A greylisting
// refusal never is: it would start a second clock at another host.
// Source: contract in docs/ARCHITECTURE.md, "Next host"; RFC 5321 section 5.1; RFC 1870 section 6
// and RFC 6531 section 3.2 (a host that offers too little).
#pragma once

#include "mail/outcome.hpp"
#include "mail/reply_rules.hpp"

namespace greyhound::smtp {

enum class Progress : std::uint8_t {
  before_rcpt_reply,
  after_rcpt_reply,
  in_body,  // DATA was begun: the message has been read and cannot be sent again in this attempt
};

bool is_reason_for_next_host(const mail::Outcome& outcome,
                             Progress progress,
                             const mail::ReplyRules& rules);

}  // namespace greyhound::smtp
