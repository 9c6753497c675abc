// The Received field that intake puts before a message, and the client it names.
// Source: RFC 5321 section 4.4, RFC 3848 and RFC 6531 section 4.3 (with).
// Nothing a client sent can break out of its place: a HELO name that is no host name and no address
// literal is left out.
#pragma once

#include <optional>
#include <string>

#include "queue/ids.hpp"
#include "runtime/clock.hpp"
#include "runtime/ip.hpp"

namespace greyhound::intake {

// Who is at the other end: an address, or the user behind a unix socket.
struct Client {
  std::optional<IpAddress> address = {};
  std::optional<unsigned> uid = {};

  std::string to_string() const;  // "127.0.0.1", "uid 33"
};

struct Trace {
  std::string hello_name;
  bool is_extended = false;   // EHLO: with ESMTP
  bool is_smtp_utf8 = false;  // MAIL said so: with UTF8SMTP
  Client client;
  std::string hostname;
  queue::MessageId id;
  Instant at;
};

std::string trace_header(const Trace& trace);  // folded, ends in CR LF

}  // namespace greyhound::intake
