#include "queue/delivery.hpp"

#include <algorithm>

namespace greyhound::queue {

bool Delivery::has_open_recipients() const {
  return std::any_of(recipients.begin(), recipients.end(), [](const DeliveryRecipient& one) {
    return one.disposition == Disposition::open;
  });
}

// A mark of the final dot in a stored record counts as in doubt: only the agent knows better, while
// the attempt that set it is still running.
std::string_view state_name(const Delivery& delivery) {
  if (delivery.is_held) return "held";
  if (delivery.is_in_doubt || delivery.dot_sent) return "in_doubt";
  if (delivery.attempts == 0 && delivery.uncounted == 0) return "new";
  return "waiting";
}

std::string_view to_string(Series series) {
  return series == Series::greylist ? "greylist" : "retry";
}

}  // namespace greyhound::queue
