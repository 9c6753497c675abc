// The Received field that intake puts before a message.
// Source: RFC 5321 section 4.4; RFC 3848 and RFC 6531 section 4.3 (with); RFC 8314 section 4.3
//         (tls).
// Who has logged in stays out of it: every reader of the mail would see.
// Nothing a client sent can break out of its place: a HELO name that is no host name and no address
// literal is left out.
#pragma once

#include <string>

#include "intake/client.hpp"
#include "queue/ids.hpp"
#include "runtime/clock.hpp"

namespace greyhound::intake {

struct Trace {
  std::string hello_name;
  bool is_extended = false;   // EHLO: with ESMTP, and what RFC 3848 puts behind it
  bool is_smtp_utf8 = false;  // MAIL said so: with UTF8SMTP
  Client client;
  std::string hostname;
  queue::MessageId id;
  Instant at;
};

std::string trace_header(const Trace& trace);  // folded, ends in CR LF

}  // namespace greyhound::intake
