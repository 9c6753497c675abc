// Ourselves: recognises this agent among the hosts of a domain, so that no mail goes in circles.
// Source: RFC 5321 section 5.1; contract in docs/ARCHITECTURE.md, "Ourselves".
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/ip.hpp"

namespace greyhound::smtp {

std::vector<IpAddress> addresses_of_this_machine();  // of all its interfaces, as they are now

class Ourselves {
 public:
  using Addresses = std::function<std::vector<IpAddress>()>;

  Ourselves(std::string_view hostname,
            std::vector<Endpoint> listeners,
            Addresses machine_addresses = addresses_of_this_machine);

  bool has_name(std::string_view host) const;

  // A listener on a wildcard address stands for every local address with its port.
  bool listens_at(const Endpoint& endpoint) const;

 private:
  bool is_local(const IpAddress& address) const;

  std::string hostname_;
  std::vector<Endpoint> listeners_;
  Addresses machine_addresses_;
};

}  // namespace greyhound::smtp
