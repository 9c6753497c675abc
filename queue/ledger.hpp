// The ledger: one line for each attempt, written in the batch that settles it and bounded in age
// and bytes, so that last week's decisions can be looked at and replayed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mail/attempt.hpp"
#include "mail/reply_class.hpp"
#include "queue/delivery.hpp"
#include "queue/ids.hpp"

namespace greyhound::queue {

// Where a line stands: by the end of the attempt, then by delivery.
struct LedgerPosition {
  Instant at;
  DeliveryId delivery;
  friend auto operator<=>(const LedgerPosition&, const LedgerPosition&) = default;
};

// How many recipients the attempt came out how for.
struct LedgerCounts {
  std::uint16_t delivered = 0;
  std::uint16_t deferred = 0;
  std::uint16_t refused = 0;
  std::uint16_t unknown = 0;  // in doubt
  friend bool operator==(const LedgerCounts&, const LedgerCounts&) = default;
};

struct LedgerLine {
  LedgerPosition position;  // position.at: the end, from which the next wait runs
  Instant started = {};     // of the attempt
  std::string domain = {};

  // Who was spoken to.
  std::string site = {};  // empty: none was found
  std::string host = {};
  std::string remote = {};  // "192.0.2.1:25"
  std::string source = {};  // address we called from
  std::string tls = {};     // "TLSv1.3 ..."; empty: in the clear

  // What came of it. Of several recipients the one that steered the next due.
  bool is_counted = true;
  LedgerCounts counts = {};
  mail::Stage stage = mail::Stage::local;
  std::string reply = {};  // as in the log: the reply, or status and reason
  mail::ReplyClass reply_class = mail::ReplyClass::unknown;

  // The terms of the next due; without a due nothing is left to try.
  std::uint32_t attempts = 0;  // counted, this one included
  std::string rule = {};
  Series series = Series::retry;
  std::uint32_t step = 0;  // Delivery::position
  Duration wait = {};
  std::optional<Instant> due = {};
};

struct LedgerPage {
  std::vector<LedgerLine> lines;
  std::optional<LedgerPosition> next = {};  // pass as `after`; none: the end
};

}  // namespace greyhound::queue
