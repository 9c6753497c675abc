// AgentConfig: what a test wants of greyhound.json, retry.json and notification.json; everything in
// private folders on loopback.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runtime/ip.hpp"

namespace greyhound::e2e {

struct RouteTo {
  std::string domain;  // glob
  Endpoint host;
  std::string tls = "opportunistic";  // as in greyhound.json
};

// Where domains without a route lead: every MX is asked for here and found at this port.
struct MxWorld {
  Endpoint dns;
  std::uint16_t port;
};

struct AgentConfig {
  std::vector<RouteTo> routes = {};
  std::vector<std::string> retry{"1s"};  // waits; the last repeats
  std::vector<std::string> greylist{"1s"};
  std::string lifetime = "5m";
  unsigned delay_after_retry = 2;
  std::vector<std::string> languages{"en"};  // of notices
  std::vector<std::string> postmaster_copies = {};
  std::string max_message = "1MiB";
  std::vector<std::string> source_addresses = {};
  std::filesystem::path ca_file = {};  // empty: the system's authorities
  std::optional<MxWorld> mx = {};      // none: every domain has a route
  bool adapts = false;                 // to what a greylister says, within seconds
  // A certificate for its listener and one with TLS from the start; "ann" logs in by "wonderland".
  bool takes_logins = false;
  std::vector<std::string> relay_from{"127.0.0.0/8"};
};

// Writes the three files into `folder`, which also holds the state, the sockets and, for logins,
// authority.pem, who signed the certificate.
void write_config(const AgentConfig& config, const std::filesystem::path& folder);

}  // namespace greyhound::e2e
