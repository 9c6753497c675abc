// ReceiverModel: one greylister and one triplet, as it answers in virtual time.
// Source: RFC 6647 section 5; what implementations do beside that is in the catalogue.
// Owner: Rehearsal. Pure but for its own state.
#pragma once

#include <optional>
#include <string>

#include "mail/outcome.hpp"
#include "scheduler/greylist/greylister.hpp"

namespace greyhound::scheduler {

enum class Texts : std::uint8_t {
  as_catalogued,
  withheld,  // a bare "451 4.7.1 Try again later", so that nothing tells who it is
};

class ReceiverModel {
 public:
  // One with a window; it outlives this.
  ReceiverModel(const Greylister& greylister, Texts texts)
      : greylister_(greylister), texts_(texts) {}

  // At the instant `at`, never before that of the call before.
  mail::Outcome contact(Instant at);

  // After the first contact: the least age at which any sequence of contacts gets through.
  static Duration earliest_pass(const Greylister& greylister);

 private:
  bool is_stranger(Instant at) const;
  Duration window() const;
  bool lets_through(Instant at);
  mail::Outcome refusal(Instant at) const;

  const Greylister& greylister_;
  Texts texts_;
  std::optional<Instant> first_;
  Instant latest_ = {};
  std::optional<Instant> door_opened_;
  Duration penalty_ = {};
  bool is_verified_ = false;
};

}  // namespace greyhound::scheduler
