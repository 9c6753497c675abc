// TraceFeed: the part of the control API that does not end: attempts as they happen, JSON lines
// until the reader goes away or the agent stops.
//   GET /v1/trace?mail=ID,ID&site=DOMAIN&address=IP   whatever fits one of these
//     {"time", "delivery", "host", "address", "direction": "sent" | "received" | "remark", "line"}
//     {"time", "lost": 12}: so many lines that the reader was too slow for
// Runs on: the home loop.
// Limits: those of TraceHub; 100 ids; a reader that takes nothing for ten minutes is let go.
#pragma once

#include <string_view>
#include <variant>

#include "agent/http_message.hpp"
#include "agent/trace_hub.hpp"
#include "queue/store.hpp"
#include "runtime/clock.hpp"
#include "runtime/stream.hpp"

namespace greyhound::agent {

class TraceFeed {
 public:
  static constexpr std::string_view path = "/v1/trace";
  static constexpr std::size_t max_ids = 100;

  // The references outlive it.
  TraceFeed(queue::Store& store, TraceHub& hub, Clock& clock)
      : store_(store), hub_(hub), clock_(clock) {}

  // What a request asks to see, or why it gets nothing.
  Awaitable<std::variant<TraceFilter, HttpResponse>> understand(HttpRequest request);

  // From the head of the response to the end. `reader` outlives the call.
  Awaitable<> serve(Stream* reader, TraceFilter filter);

 private:
  using Found = std::variant<TraceFilter::Mail, HttpResponse>;
  Awaitable<Found> find(std::string id);

  queue::Store& store_;
  TraceHub& hub_;
  Clock& clock_;
};

}  // namespace greyhound::agent
