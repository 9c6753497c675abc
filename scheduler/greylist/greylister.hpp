// Greylister: what is known of one implementation that refuses a first contact: how long, how long
// it remembers, what it tells senders apart by, and how its replies read. A value of the catalogue
// (config/greylisters.json).
// Source: RFC 6647 sections 2 and 5; each entry of the catalogue names its own.
// Units: ages run from the first refusal of a triplet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mail/outcome.hpp"
#include "runtime/clock.hpp"

namespace greyhound::scheduler {

// A try before the end of the window makes the window longer.
struct EarlyPenalty {
  Duration each = {};              // added for every early try
  std::optional<Duration> most{};  // no window grows beyond this age
};

// What mail may be told apart by.
enum class KeyPart : std::uint8_t {
  address,  // of the source
  network,  // of the source: /24, or /64
  sender,
  sender_domain,
  recipient,
};
using KeyParts = std::vector<KeyPart>;

// After so many triplets that passed, mail that has these parts in common is spared.
struct Trust {
  std::uint32_t passes = 1;
  KeyParts parts = {KeyPart::address};
};

struct Greylister {
  std::string id;
  std::string name;

  std::optional<Duration> window = {};  // none: not known, or any
  std::optional<Duration> pending = {};
  std::optional<Duration> verified = {};
  bool is_pending_renewed = false;  // its pending time runs from the latest refusal
  std::optional<EarlyPenalty> penalty = {};
  // The first contact after the window is refused too; one that comes so much later passes.
  std::optional<Duration> third_contact = {};
  bool is_shared_across_mx = true;
  KeyParts key = {KeyPart::address, KeyPart::sender, KeyPart::recipient};
  std::optional<Trust> trust = {};

  // How it refuses. 0 and none: not known, or free choice.
  std::optional<mail::Stage> stage = {};
  int code = 0;
  std::optional<mail::EnhancedStatus> status = {};
  std::vector<std::string> texts = {};  // as seen, with code and enhanced status
};

using Greylisters = std::vector<Greylister>;

}  // namespace greyhound::scheduler
