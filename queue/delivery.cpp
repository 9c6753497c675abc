#include "queue/delivery.hpp"

#include <algorithm>
#include <array>

namespace greyhound::queue {

bool Delivery::has_open_recipients() const {
  return std::any_of(recipients.begin(), recipients.end(), [](const DeliveryRecipient& one) {
    return one.disposition == Disposition::open;
  });
}

void add_dot_sent(Delivery& delivery, const DotSent& mark) {
  if (!delivery.dot_sent) delivery.dot_sent = DotSent{.at = mark.at, .recipients = {}};
  auto& known = delivery.dot_sent->recipients;
  for (const auto index : mark.recipients) {
    const bool is_new = std::find(known.begin(), known.end(), index) == known.end();
    if (is_new && index < delivery.recipients.size()) known.push_back(index);
  }
}

// A mark of the final dot in a stored record counts as in doubt: only the agent knows better, while
// the attempt that set it is still running.
std::string_view state_name(const Delivery& delivery) {
  if (delivery.is_held) return "held";
  if (delivery.undeliverable_since) return "undeliverable";
  if (delivery.is_in_doubt || delivery.dot_sent) return "in_doubt";
  if (delivery.attempts == 0 && delivery.uncounted == 0) return "new";
  return "waiting";
}

std::string_view to_string(Series series) {
  return series == Series::greylist ? "greylist" : "retry";
}

std::string_view to_string(Mover mover) {
  constexpr std::array<std::string_view, 5> names{
      "nobody", "ourselves", "operator", "woken", "stood_back"};
  return names.at(static_cast<std::size_t>(mover));
}

}  // namespace greyhound::queue
