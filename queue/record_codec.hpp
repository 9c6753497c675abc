// Layout of the stored records, the only place that knows it: docs/storage-format.md, field by
// field. Old versions stay readable for ever (tests/golden/queue).
// Errors: decode functions give Fault::corrupt for whatever encode() would not have written; a
//         decoded value can be used without further checks.
#pragma once

#include <string>
#include <string_view>

#include "queue/delivery.hpp"
#include "runtime/result.hpp"

namespace greyhound::queue {

// The ids are in the keys, not in the records.
std::string encode(const Message& message);
std::string encode(const Delivery& delivery);
Result<Message> decode_message(MessageId id, std::string_view record);
Result<Delivery> decode_delivery(DeliveryId id, std::string_view record);

}  // namespace greyhound::queue
