// Addresses that only this machine can reach.
#pragma once

#include "runtime/ip.hpp"

namespace greyhound::config {

inline bool is_loopback(const IpAddress& address) {
  return address.is_v4() ? address.bytes().front() == 127 : address.to_string() == "::1";
}

}  // namespace greyhound::config
