// DnsServer: a real authoritative DNS server (nsd) on loopback with the zones of a test, in a
// private folder, ended by its process id.
// Owner: a test. Errors: start() gives nullopt and `why` where nsd is missing or does not answer.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "peers/child_process.hpp"
#include "runtime/ip.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::peers {

// A process that answers DNS questions at a port of its own.
struct DnsProcess {
  Endpoint endpoint;
  std::unique_ptr<ChildProcess> process;
};

// `run` starts one that is to listen at the endpoint it is given, a port of loopback that was free
// a moment ago; it is asked again with another where somebody else took that one first. nullopt: it
// answered at none of them.
std::optional<DnsProcess> start_at_free_port(
    const std::function<std::unique_ptr<ChildProcess>(const Endpoint&)>& run);

class DnsServer {
 public:
  // `zones`: name without trailing dot -> records below the SOA and NS that are added here.
  static std::unique_ptr<DnsServer> start(const std::map<std::string, std::string>& zones,
                                          std::string& why);
  // `zones`: name -> all of it, as it stands in a zone file.
  static std::unique_ptr<DnsServer> start_whole(const std::map<std::string, std::string>& zones,
                                                std::string& why);
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  Endpoint endpoint() const { return running_->endpoint; }

  // Takes effect a moment later; ask until it has.
  void replace_zone(const std::string& name, const std::string& records);

 private:
  DnsServer() = default;
  void write_zone(const std::string& name, const std::string& text);

  const world::TempFolder folder_;
  unsigned serial_ = 1;
  std::optional<DnsProcess> running_;
};

// `records` below an SOA and an NS.
std::string zone_text(const std::string& name, const std::string& records, unsigned serial);

// A port of loopback that nobody listens on at this moment.
Endpoint unused_udp_endpoint();

}  // namespace greyhound::peers
