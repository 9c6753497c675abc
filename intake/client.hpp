// Client: who is at the other end of a session, and how far it can be believed.
#pragma once

#include <optional>
#include <string>

#include "runtime/ip.hpp"
#include "runtime/stream.hpp"

namespace greyhound::intake {

struct Client {
  std::optional<IpAddress> address = {};  // none: a unix socket
  std::optional<unsigned> uid = {};       // behind a unix socket
  std::string cipher = {};                // of TLS, as IANA names it; empty: in the clear
  std::string user = {};                  // who it has logged in as; empty: it has not

  // Where it came from: "127.0.0.1", "uid 33", "192.0.2.1 as ann".
  std::string to_string() const;
};

// As far as the connection itself tells.
Client client_of(const Stream& stream);

}  // namespace greyhound::intake
