// Settings of intake: "hostname", "domain", "local" and "intake" in greyhound.json.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "mail/address.hpp"
#include "runtime/ip.hpp"

namespace greyhound::intake {

enum class ListenerTls : std::uint8_t {
  none,
  starttls,  // offered; clients begin in the clear
  implicit,  // from the first byte on (RFC 8314 section 3.3)
};

struct TcpListener {
  Endpoint at;
  ListenerTls tls = ListenerTls::none;
  friend bool operator==(const TcpListener&, const TcpListener&) = default;
};
struct UnixListener {
  std::filesystem::path path;
  unsigned mode = 0666;
  friend bool operator==(const UnixListener&, const UnixListener&) = default;
};
using Listener = std::variant<TcpListener, UnixListener>;

// Who we are to clients that want TLS: PEM files.
struct TlsIdentity {
  std::filesystem::path certificate;  // with the chain behind it
  std::filesystem::path key;
  friend bool operator==(const TlsIdentity&, const TlsIdentity&) = default;
};

// What a CR or LF that stands alone in a message is to us.
enum class BareLineEnds : std::uint8_t {
  refuse,
  normalise,  // LF ends a line, CR is a space; neither has to do with the end of the message
};

// Of one client: an IPv4 address, an IPv6 /64, or a local user. 0: no limit.
struct ClientLimits {
  std::size_t sessions = 250;  // at once
  std::size_t messages_per_minute = 0;
  std::size_t recipients_per_minute = 0;
  friend bool operator==(const ClientLimits&, const ClientLimits&) = default;
};

struct IntakeSettings {
  std::string hostname = "localhost";     // in the greeting and the trace header
  std::string domain;                     // completes bare addresses; empty: hostname
  std::optional<mail::Address> local_to;  // gets the mail for users of this host; none: refused
  std::vector<Listener> listeners;
  std::vector<IpNetwork> relay_from;  // who may hand in mail; unix sockets always may
  std::optional<TlsIdentity> tls;
  std::optional<std::filesystem::path> password_file;  // who logs in by it may hand in mail
  std::uint64_t max_message_bytes = 50ULL << 20;
  std::uint64_t max_header_bytes = 1ULL << 20;
  std::uint64_t max_line_bytes = 1ULL << 20;
  std::size_t max_recipients = 1000;
  std::size_t max_sessions = 500;
  ClientLimits per_client;
  BareLineEnds bare_line_ends = BareLineEnds::refuse;
  bool completes_headers = true;  // Date and Message-ID where they are missing

  // Not in the JSON: limits that RFC 5321 names or that only bound an attacker.
  std::size_t max_command_bytes = 12288;      // RFC 4954 section 4, which needs the most
  std::size_t max_received_fields = 100;      // RFC 5321 section 6.3
  std::size_t max_bad_commands = 20;          // then 421
  std::size_t max_idle_commands = 100;        // between two messages; then 421
  std::size_t max_failed_logins = 3;          // then 421
  std::chrono::seconds command_timeout{300};  // RFC 5321 section 4.5.3.2.7
  std::chrono::seconds block_timeout{180};
  std::chrono::seconds content_grace{600};     // a message may take so long, and
  std::uint64_t least_bytes_per_second = 512;  // the time that it takes at this rate
};

}  // namespace greyhound::intake
