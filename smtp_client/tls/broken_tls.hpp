// BrokenTls: addresses whose opportunistic TLS broke, so that the next attempts go there in the
// clear at once instead of failing first. Forgotten after `lifetime`, for servers are mended.
// Owner: SmtpCourier. Runs on: any loop.
#pragma once

#include <chrono>

#include "mail/tls_level.hpp"
#include "runtime/clock.hpp"
#include "runtime/ip.hpp"
#include "smtp_client/connect/address_memory.hpp"

namespace greyhound::smtp {

class BrokenTls {
 public:
  static constexpr std::chrono::hours lifetime{1};

  void remember(const Endpoint& address, SteadyInstant now) { broken_.remember(address, now); }
  // The level to go there with: `wanted`, or none where that is hopeless and not demanded.
  mail::TlsLevel level_for(const Endpoint& address, mail::TlsLevel wanted, SteadyInstant now) const;

 private:
  AddressMemory broken_{lifetime};
};

}  // namespace greyhound::smtp
