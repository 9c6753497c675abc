// DeliveryPlanner: splits the recipients of an accepted message into deliveries with their first
//                  due
// and expiry. The scheduler knows how; intake only asks, so it needs none of its rules.
// Runs on: any session loop, on several at once. Returns at least one delivery.
#pragma once

#include <functional>
#include <vector>

#include "mail/envelope.hpp"
#include "queue/delivery.hpp"

namespace greyhound::intake {

using DeliveryPlanner = std::function<std::vector<queue::Delivery>(
    const queue::Message& message, const std::vector<mail::Recipient>& recipients)>;

}  // namespace greyhound::intake
