// Families in the order of message ids, read side by side: messages, bodies, deliveries, what is
// coming in, and the deliveries in quarantine.
// Owner:   an integrity pass. Runs on: its thread.
// Errors:  of id(): those of a repair that puts aside what has a malformed key.
#pragma once

#include <optional>

#include "queue/integrity_pass.hpp"
#include "queue/rocks_cursor.hpp"

namespace greyhound::queue {

class ByMessage {
 public:
  ByMessage(Family family, const PassParts& parts)
      : family_(family), parts_(parts), cursor_(parts.database, family) {}

  // Of the entry it stands at, nullopt at the end. What lies in between and has no key of ours goes
  // to quarantine. A chunk that cannot be read is an entry; a stretch of anything else is told and
  // passed over.
  Result<std::optional<MessageId>> id();
  void next();
  RocksCursor& entry() { return cursor_; }

 private:
  void count();

  const Family family_;
  const PassParts& parts_;
  RocksCursor cursor_;
};

class QuarantinedDeliveries {
 public:
  explicit QuarantinedDeliveries(const PassParts& parts)
      : cursor_(parts.database, Family::quarantine, quarantined_deliveries(std::nullopt)) {}

  std::optional<DeliveryId> id();  // of the one it stands at
  void next() { cursor_.next(); }

 private:
  RocksCursor cursor_;
};

}  // namespace greyhound::queue
