// DnsServer: a real authoritative DNS server (nsd) on loopback with the zones of a test, in a
// private folder, ended by its process id.
// Owner: a test. Errors: start() gives nullopt and `why` where nsd is missing or does not answer.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "peers/child_process.hpp"
#include "runtime/ip.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::peers {

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

  Endpoint endpoint() const { return endpoint_; }

  // Takes effect a moment later; ask until it has.
  void replace_zone(const std::string& name, const std::string& records);

 private:
  DnsServer() = default;
  void write_zone(const std::string& name, const std::string& text);

  const world::TempFolder folder_;
  Endpoint endpoint_{*IpAddress::parse("127.0.0.1"), 0};
  unsigned serial_ = 1;
  std::unique_ptr<ChildProcess> process_;
};

// `records` below an SOA and an NS.
std::string zone_text(const std::string& name, const std::string& records, unsigned serial);

// Asks until a DNS server answers there, whatever it says; false: none did for seconds.
bool comes_to_answer(const Endpoint& endpoint);

// A port of loopback that nobody listens on at this moment.
Endpoint unused_udp_endpoint();

}  // namespace greyhound::peers
