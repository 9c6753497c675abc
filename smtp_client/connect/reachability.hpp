// Reachability: what connecting came to lately, shared by all mail: addresses that did not answer
// are left alone for a while, and a family that keeps failing comes second.
// Source: RFC 5321 section 4.5.4.1 (what could not be reached is remembered), RFC 8305 section 4.
// Owner: SmtpCourier. Runs on: any loop.
#pragma once

#include <chrono>
#include <mutex>

#include "runtime/clock.hpp"
#include "runtime/ip.hpp"
#include "smtp_client/connect/address_memory.hpp"

namespace greyhound::smtp {

class Reachability {
 public:
  static constexpr std::chrono::minutes lifetime{5};  // of a failure
  // So many addresses of a family in a row, and none that answered between them.
  static constexpr unsigned failures_of_ill_family = 3;

  void note_answer(const Endpoint& address);
  void note_silence(const Endpoint& address, SteadyInstant now);

  bool is_dead(const Endpoint& address, SteadyInstant now) const;
  // While the other family does no better, both are as good.
  bool comes_second(bool is_v4, SteadyInstant now) const;

 private:
  struct Family {
    unsigned failures = 0;  // since the last answer
    SteadyInstant last_failure{};
    bool is_ill(SteadyInstant now) const;
  };

  AddressMemory dead_{lifetime};
  mutable std::mutex mutex_;  // of the families
  Family v4_;
  Family v6_;
};

}  // namespace greyhound::smtp
