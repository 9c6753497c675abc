// Turns a decision into the settlement that the store writes: the new state and, with it, the
// notices that are owed, as messages of their own. Pure.
// Source: RFC 3461 sections 5.2 and 6.1 (a notice goes from <> to the reverse path),
//         docs/ARCHITECTURE.md "Delay notice" and "Undeliverable".
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "notify/notice.hpp"
#include "notify/notification_settings.hpp"
#include "queue/store.hpp"
#include "scheduler/decision.hpp"
#include "scheduler/original_content.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::scheduler {

struct NoticeParts {
  const RetrySettings& retry;
  const notify::NotificationSettings& notification;
  const notify::Reporter& reporter;
  Instant now;
  std::function<queue::MessageId()> new_id;  // fresh ones
};

// Whether this decision leads to a notice, so that the original must be read first.
bool needs_notice(const Decision& decision,
                  const queue::Message& message,
                  const notify::NotificationSettings& settings);
// Whether a failure of this delivery would bring back the whole message.
bool returns_whole_original(const queue::Message& message,
                            const queue::Delivery& delivery,
                            const notify::NotificationSettings& settings);
bool needs_whole_original(const Decision& decision,
                          const queue::Message& message,
                          const notify::NotificationSettings& settings);

// `siblings`: the message with all of its stored deliveries, for the delay notice, which names each
// of them.
queue::Settlement settlement_with_notices(const Decision& decision,
                                          const queue::LoadedMessage& siblings,
                                          const OriginalContent& original,
                                          const NoticeParts& parts);

// The notice that would go out if all that is open were delayed, or had failed, now. None: nobody
// may be told, or nothing has been tried that could be told of.
std::optional<std::string> previewed_notice(notify::NoticeKind kind,
                                            const queue::LoadedMessage& message,
                                            const OriginalContent& original,
                                            const NoticeParts& parts);

}  // namespace greyhound::scheduler
