#include "agent/explainer.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "agent/explanation_view.hpp"
#include "agent/id_lookup.hpp"

namespace greyhound::agent {
Explainer::Explainer(Parts parts) : parts_(std::move(parts)) {}

Awaitable<HttpResponse> Explainer::answer(std::string id) {
  const auto found = co_await look_up(&parts_.store, std::move(id));
  if (!found) co_return fail(found.error());
  if (const auto* problem = std::get_if<NotFound>(&*found)) co_return refuse(*problem);
  const auto wanted = std::get<Found>(*found);
  auto loaded = co_await parts_.store.load_message(wanted.message);
  if (!loaded && loaded.error().fault == Fault::not_found) co_return refuse(no_open_delivery());
  if (!loaded) co_return fail(loaded.error());
  HttpResponse response;
  response.content_type = "application/x-ndjson";
  for (auto& delivery : loaded->deliveries) {
    if (wanted.number && delivery.id.number != *wanted.number) continue;
    const auto line = co_await explain(loaded->message, std::move(delivery));
    if (!line) co_return fail(line.error());
    response.body += *line;
  }
  if (response.body.empty()) co_return refuse(no_open_delivery());
  co_return response;
}

Awaitable<Result<std::string>> Explainer::explain(queue::Message message,
                                                  queue::Delivery delivery) {
  const auto site = co_await site_of(delivery);
  if (!site) co_return site.error();
  const auto& known = *site;
  const queue::SiteFacts* facts = nullptr;
  if (known.has_value()) facts = &known.value();
  const auto explanation = scheduler::explain({.message = message,
                                               .delivery = delivery,
                                               .retry = parts_.policies.retry,
                                               .notification = parts_.policies.notification,
                                               .now = parts_.clock.wall(),
                                               .site = facts});
  const auto view = explanation_view({.delivery = delivery,
                                      .explanation = explanation,
                                      .site = known,
                                      .is_active = parts_.is_active(delivery.id)});
  co_return to_line(view) + "\n";
}

Awaitable<Result<std::optional<queue::SiteFacts>>> Explainer::site_of(queue::Delivery delivery) {
  const std::optional<queue::SiteFacts> nowhere;
  if (!delivery.attempted) co_return nowhere;
  // The line of that attempt is the first one behind where the delivery before it would have its.
  const queue::LedgerPosition wanted{*delivery.attempted, delivery.id};
  auto before = wanted;
  --before.delivery.number;
  const auto page = co_await parts_.store.ledger(before, 1);
  if (!page) co_return page.error();
  const bool is_there = !page->lines.empty() && page->lines.front().position == wanted;
  if (!is_there || page->lines.front().site.empty()) co_return nowhere;
  auto facts = co_await parts_.store.site(page->lines.front().site);
  if (!facts) co_return facts.error();
  co_return std::optional(std::move(*facts));
}

}  // namespace greyhound::agent
