// ControlApi: what the agent tells operators and does for them. Requests and responses are values;
// the socket is control_server's business.
//   GET  /v1/status
//   GET  /v1/queue?after=DELIVERY&limit=N  JSON lines, one object per open delivery in order of
//                                          arrival; header Greyhound-Next: pass it as `after`;
//                                          with form=rows lines for a table (agent/queue_row.hpp)
//   GET  /v1/messages/ID                   the whole state; 404 unknown, 409 several (candidates)
//   POST /v1/queue/retry                   {"ids": [...], "dry_run": false}; due now, answer per id
// What lies beside the mail is in agent/records_api.hpp, orders about sites in sites_api.hpp,
// /v1/explanations/ID in explainer.hpp, /v1/notices/ID in notice_preview.hpp, /v1/trace, which does
// not end, in trace_feed.hpp.
// Runs on: the home loop.
// Limits:  10 000 deliveries or about 4 MiB a page; 1000 ids a request.
#pragma once

#include "agent/dispatcher_facts.hpp"
#include "agent/explainer.hpp"
#include "agent/http_message.hpp"
#include "agent/id_lookup.hpp"
#include "agent/notice_preview.hpp"
#include "agent/queue_view.hpp"
#include "queue/store.hpp"
#include "runtime/clock.hpp"

namespace greyhound::agent {

class ControlApi {
 public:
  static constexpr std::size_t max_page = 10'000;
  static constexpr std::size_t max_page_bytes = 4 << 20;
  static constexpr std::size_t max_ids = 1000;

  struct Parts {  // references that outlive it
    queue::Store& store;
    Clock& clock;
    DispatcherFacts dispatcher;
    Policies policies;
  };
  explicit ControlApi(Parts parts);

  Awaitable<HttpResponse> answer(HttpRequest request);

 private:
  HttpResponse status() const;
  Awaitable<HttpResponse> list(HttpRequest request);
  // What the store gives at a time, appended to `into`, which outlives the call.
  struct ListPart {
    std::size_t deliveries = 0;
    std::optional<queue::DeliveryId> next = {};
  };
  Awaitable<Result<ListPart>> add_rows(std::optional<queue::DeliveryId> after,
                                       std::size_t most,
                                       std::string* into);
  Awaitable<Result<ListPart>> add_views(std::optional<queue::DeliveryId> after,
                                        std::size_t most,
                                        std::string* into);
  Awaitable<HttpResponse> message(std::string id);
  Awaitable<HttpResponse> retry(HttpRequest request);
  Awaitable<Result<>> retry_one(std::string id, bool is_dry_run, Json* into);
  Awaitable<Result<>> move_due(queue::Delivery delivery, bool is_dry_run, Json* into);

  queue::Store& store_;
  Clock& clock_;
  DispatcherFacts dispatcher_;
  Explainer explainer_;
  NoticePreview preview_;
  Instant started_;
};

}  // namespace greyhound::agent
