// Settings of intake: "hostname", "domain" and "intake" in greyhound.json.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "runtime/ip.hpp"

namespace greyhound::intake {

struct UnixListener {
  std::filesystem::path path;
  unsigned mode = 0666;
  friend bool operator==(const UnixListener&, const UnixListener&) = default;
};
using Listener = std::variant<Endpoint, UnixListener>;

struct IntakeSettings {
  std::string hostname = "localhost";  // in the greeting and the trace header
  std::string domain;                  // completes bare addresses; empty: hostname
  std::vector<Listener> listeners;
  std::vector<IpNetwork> relay_from;  // who may hand in mail; unix sockets always may
  std::uint64_t max_message_bytes = 50ULL << 20;
  std::size_t max_recipients = 1000;
  std::size_t max_sessions = 500;

  // Not in the JSON: limits that RFC 5321 names or that only bound an attacker.
  std::size_t max_command_bytes = 2048;       // 1036 for DSN parameters (RFC 3461 5.4), and room
  std::size_t max_received_fields = 100;      // RFC 5321 section 6.3
  std::size_t max_bad_commands = 20;          // then 421
  std::chrono::seconds command_timeout{300};  // RFC 5321 section 4.5.3.2.7
  std::chrono::seconds block_timeout{180};
};

}  // namespace greyhound::intake
