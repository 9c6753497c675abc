// The keys under which a greylister may file a delivery. Letter case makes no difference to them,
// nor the order of recipients. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "mail/envelope.hpp"
#include "queue/delivery.hpp"
#include "runtime/ip.hpp"

namespace greyhound::scheduler {

// `recipients`: indices of those that the transaction names.
queue::GreylistKeys keys_of(const IpAddress& source,
                            const mail::ReversePath& sender,
                            const queue::Delivery& delivery,
                            const std::vector<std::size_t>& recipients);

}  // namespace greyhound::scheduler
