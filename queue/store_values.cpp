#include "queue/store_values.hpp"

namespace greyhound::queue {

DueEntry due_entry_of(const Delivery& delivery) {
  return {.position = {delivery.due, delivery.id},
          .domain = delivery.domain,
          .is_retry = delivery.attempted.has_value(),
          .pending_until = delivery.pending_until,
          .keys = delivery.greylist.keys};
}

DueEntry expiry_entry_of(const Delivery& delivery) {
  return {.position = {delivery.expires, delivery.id}, .domain = delivery.domain};
}

}  // namespace greyhound::queue
