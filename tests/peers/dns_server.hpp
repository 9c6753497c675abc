// DnsServer: a real authoritative DNS server (nsd) on loopback with the zones of a test, in a
// private folder, ended by its process id.
// Owner: a test. Errors: start() gives nullopt and `why` where nsd is missing or does not answer.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <sys/types.h>

#include "runtime/ip.hpp"

namespace greyhound::peers {

class DnsServer {
 public:
  // `zones`: name without trailing dot -> records below the SOA and NS that are added here.
  static std::unique_ptr<DnsServer> start(const std::map<std::string, std::string>& zones,
                                          std::string& why);
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;
  ~DnsServer();

  Endpoint endpoint() const { return endpoint_; }

  // Takes effect a moment later; ask until it has.
  void replace_zone(const std::string& name, const std::string& records);

 private:
  DnsServer() = default;
  void write_zone(const std::string& name, const std::string& records);
  bool is_answering() const;

  std::filesystem::path folder_;
  Endpoint endpoint_{*IpAddress::parse("127.0.0.1"), 0};
  unsigned serial_ = 1;
  pid_t process_ = -1;
};

// A port of loopback that nobody listens on at this moment.
Endpoint unused_udp_endpoint();

}  // namespace greyhound::peers
