// Splits the recipients of a message into deliveries: one per domain, at most 100 recipients each,
// due at once, with the expiry of the rule that applies before the destination is known.
// Source: RFC 5321 sections 4.5.3.1.8 (groups of 100) and 4.5.4.1. Pure.
#pragma once

#include <vector>

#include "mail/envelope.hpp"
#include "queue/delivery.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::scheduler {

std::vector<queue::Delivery> plan_deliveries(const RetrySettings& settings,
                                             const queue::Message& message,
                                             const std::vector<mail::Recipient>& recipients);

}  // namespace greyhound::scheduler
