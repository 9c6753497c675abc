// ReceiverModel: one greylister with what it remembers, as it answers in virtual time.
// Source: RFC 6647 section 5; what implementations do beside that is in the catalogue.
// Owner: Rehearsal. Pure but for its own state.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "mail/address.hpp"
#include "mail/outcome.hpp"
#include "runtime/ip.hpp"
#include "scheduler/greylist/greylister.hpp"

namespace greyhound::scheduler {

enum class Texts : std::uint8_t {
  as_catalogued,
  withheld,  // a bare "451 4.7.1 Try again later", so that nothing tells who it is
};

// Who calls, for whom, and which host of the site.
struct Caller {
  IpAddress source = IpAddress::from_v4_bytes({192, 0, 2, 1});
  mail::Address sender = *mail::Address::parse("sender@example.org");
  mail::Address recipient = *mail::Address::parse("rcpt@receiver.example");
  std::string host = {};
};

class ReceiverModel {
 public:
  // One with a window; it outlives this.
  ReceiverModel(const Greylister& greylister, Texts texts)
      : greylister_(greylister), texts_(texts) {}

  // At the instant `at`, never before that of the call before.
  mail::Outcome contact(Instant at, const Caller& caller = {});

  // After the first contact: the least age at which any sequence of contacts gets through.
  static Duration earliest_pass(const Greylister& greylister);

 private:
  // What it knows of mail that it does not tell apart.
  struct Triplet {
    std::optional<Instant> first = {};
    Instant latest = {};
    std::optional<Instant> door_opened = {};
    Duration penalty = {};
    bool is_verified = false;
  };
  std::string key_of(const Caller& caller, const KeyParts& parts) const;
  bool is_stranger(const Triplet& triplet, Instant at) const;
  Duration window(const Triplet& triplet) const;
  bool lets_through(Triplet& triplet, Instant at) const;
  mail::Outcome refusal(const Triplet& triplet, Instant at) const;

  const Greylister& greylister_;
  Texts texts_;
  std::map<std::string, Triplet> triplets_;
  std::map<std::string, std::uint32_t> passes_;  // of triplets, by what earns trust
};

}  // namespace greyhound::scheduler
