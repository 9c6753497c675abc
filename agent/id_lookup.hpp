// Finds the message or delivery that an operator means by an id or the beginning of one:
// "01JD3K5M7N9QR", "01JD3", "01JD3K5M7N9QR-1", "01JD3-1".
// Runs on: the loop it is awaited on.
// Errors: those of the store; an id that names nothing, or too much, is an answer (NotFound).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "agent/http_message.hpp"
#include "queue/store.hpp"

namespace greyhound::agent {

struct Found {
  queue::MessageId message;
  std::optional<std::uint16_t> number = {};  // of the delivery, where one was named
};

struct NotFound {
  enum class Why : std::uint8_t { malformed, unknown, ambiguous };
  Why why;
  std::string what;                               // a sentence for the operator
  std::vector<queue::MessageId> candidates = {};  // of an ambiguous one, the first few
};

NotFound no_open_delivery();  // by that id

std::string_view to_string(NotFound::Why why);
int http_status(NotFound::Why why);

// {"error", "reason", "candidates"}
nlohmann::ordered_json problem_view(const NotFound& problem);
HttpResponse refuse(const NotFound& problem);

using Lookup = std::variant<Found, NotFound>;

// `store` outlives the call.
Awaitable<Result<Lookup>> look_up(queue::Store* store, std::string text);

}  // namespace greyhound::agent
