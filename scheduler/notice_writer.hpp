// Turns a decision into the settlement that the store writes: the new state and, with it, the
// notices that it owes the sender, as messages of their own. Pure.
// Source: RFC 3461 section 6.1 (a notice goes from <> to the reverse path), docs/ARCHITECTURE.md
//         "Delay notice".
#pragma once

#include <optional>
#include <string>

#include "notify/notice.hpp"
#include "notify/notification_settings.hpp"
#include "queue/store.hpp"
#include "scheduler/decision.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::scheduler {

// What of the original a notice returns.
struct OriginalContent {
  std::string head;                  // header section
  std::optional<std::string> whole;  // where it is asked for and small enough
};

struct NoticeParts {
  const RetrySettings& retry;
  const notify::NotificationSettings& notification;
  const notify::Reporter& reporter;
  Instant now;
};

// Whether this decision leads to a notice, so that the original must be read first.
bool needs_notice(const Decision& decision,
                  const queue::Message& message,
                  const notify::NotificationSettings& settings);
bool needs_whole_original(const Decision& decision,
                          const queue::Message& message,
                          const notify::NotificationSettings& settings);

// `siblings`: the message with all of its stored deliveries, for the delay notice, which names each
// of them. `fresh_id`: for a failure notice, if there is one.
queue::Settlement settlement_with_notices(const Decision& decision,
                                          const queue::LoadedMessage& siblings,
                                          const OriginalContent& original,
                                          queue::MessageId fresh_id,
                                          const NoticeParts& parts);

}  // namespace greyhound::scheduler
