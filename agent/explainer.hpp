// Explainer: tells operators why deliveries are due when they are.
//   GET  /v1/explanations/ID   JSON lines, one object for each open delivery that ID names
//                              (agent/explanation_view.hpp); 404 unknown, 409 several (candidates)
// A command that has the store open itself asks it without a socket.
// Owner: ControlApi, or that command. Runs on: the loop it is awaited on.
#pragma once

#include "agent/http_message.hpp"
#include "agent/queue_view.hpp"
#include "notify/notice.hpp"
#include "notify/notification_settings.hpp"
#include "queue/store.hpp"
#include "runtime/clock.hpp"
#include "scheduler/scheduler_settings.hpp"

namespace greyhound::agent {

// What decides when mail is tried and whom it is told. References to what outlives the reader.
struct Policies {
  const scheduler::RetrySettings& retry;
  const notify::NotificationSettings& notification;
  notify::Reporter reporter = {};
};

class Explainer {
 public:
  struct Parts {  // references that outlive it
    queue::Store& store;
    const Clock& clock;
    Policies policies;
    ActiveCheck is_active;
  };
  explicit Explainer(Parts parts);

  Awaitable<HttpResponse> answer(std::string id);

 private:
  // One line, its end included.
  Awaitable<Result<std::string>> explain(queue::Message message, queue::Delivery delivery);
  // Where the last attempt was made; none: nowhere, or the ledger does not go back that far.
  Awaitable<Result<std::optional<queue::SiteFacts>>> site_of(queue::Delivery delivery);

  Parts parts_;
};

}  // namespace greyhound::agent
