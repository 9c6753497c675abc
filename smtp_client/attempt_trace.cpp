#include "smtp_client/attempt_trace.hpp"

#include <utility>

namespace greyhound::smtp {

std::unique_ptr<DialogueTrace> AttemptTrace::at(const std::string& host,
                                                std::optional<Endpoint> remote) const {
  if (!to_.is_watched()) return nullptr;
  mail::TraceSubject subject{.delivery = request_.label,
                             .domain = request_.recipients.front().address.domain(),
                             .host = host,
                             .remote = remote};
  if (!to_.wants(subject)) return nullptr;
  return std::make_unique<DialogueTrace>(to_, std::move(subject));
}

}  // namespace greyhound::smtp
