#include "agent/control_api.hpp"

#include <charconv>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "agent/queue_row.hpp"
#include "agent/records_api.hpp"
#include "agent/sites_api.hpp"
#include "runtime/duration_text.hpp"

namespace greyhound::agent {
namespace {

constexpr std::size_t default_page = 100;
// Deliveries in memory while a page is written.
constexpr std::size_t views_at_once = 100;
constexpr std::size_t rows_at_once = 1000;
constexpr std::string_view messages_path = "/v1/messages/";
constexpr std::string_view explanations_path = "/v1/explanations/";
constexpr std::string_view notices_path = "/v1/notices/";

HttpResponse answer_with(const Json& object) {
  HttpResponse response;
  response.body = to_line(object) + "\n";
  return response;
}

std::optional<std::size_t> page_size(const std::string& text) {
  std::size_t size = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, size);
  if (error != std::errc{} || stop != end || size == 0) return std::nullopt;
  return std::min(size, ControlApi::max_page);
}

struct RetryOrder {
  std::vector<std::string> ids;
  bool is_dry_run = false;
};

Result<RetryOrder> parse_order(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("ids") || !json["ids"].is_array()) {
    return Error{Fault::protocol, "the body must be {\"ids\": [ ... ]}"};
  }
  RetryOrder order;
  for (const auto& id : json["ids"]) {
    if (!id.is_string()) return Error{Fault::protocol, "ids must be strings"};
    order.ids.push_back(id.get<std::string>());
  }
  if (order.ids.size() > ControlApi::max_ids) {
    return Error{Fault::protocol,
                 "at most " + std::to_string(ControlApi::max_ids) + " ids in one request"};
  }
  const auto dry_run = json.find("dry_run");
  if (dry_run != json.end() && !dry_run->is_boolean()) {
    return Error{Fault::protocol, "dry_run must be true or false"};
  }
  order.is_dry_run = dry_run != json.end() && dry_run->get<bool>();
  return order;
}

Json moved(const queue::Delivery& delivery, Instant to) {
  Json view;
  view["delivery"] = delivery.id.to_string();
  view["domain"] = delivery.domain;
  view["moved"] = true;
  view["was"] = to_text(delivery.due);
  view["next"] = to_text(to);
  return view;
}

Json left_alone(const queue::Delivery& delivery, std::string_view why) {
  auto view = moved(delivery, delivery.due);
  view["moved"] = false;
  view["why"] = why;
  return view;
}

std::string_view room_name(queue::Room room) {
  switch (room) {
    case queue::Room::ample:
      return "ample";
    case queue::Room::settlements:
      return "settlements";
    case queue::Room::none:
      return "none";
  }
  return "none";
}

HttpResponse wrong_method(std::string_view allowed) {
  auto response = refuse(405, "this path takes only " + std::string(allowed));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace

ControlApi::ControlApi(Parts parts)
    : store_(parts.store),
      clock_(parts.clock),
      dispatcher_(std::move(parts.dispatcher)),
      explainer_({.store = parts.store,
                  .clock = parts.clock,
                  .policies = parts.policies,
                  .is_active = dispatcher_.is_active}),
      preview_({.store = parts.store, .clock = parts.clock, .policies = parts.policies}),
      started_(clock_.wall()) {}

Awaitable<HttpResponse> ControlApi::answer(HttpRequest request) {
  const bool is_get = request.method == "GET";
  if (request.path == "/v1/status") {
    co_return is_get ? status() : wrong_method("GET");
  }
  if (request.path == "/v1/queue") {
    if (!is_get) co_return wrong_method("GET");
    co_return co_await list(std::move(request));
  }
  if (request.path.starts_with(messages_path)) {
    if (!is_get) co_return wrong_method("GET");
    co_return co_await message(request.path.substr(messages_path.size()));
  }
  if (request.path.starts_with(explanations_path)) {
    if (!is_get) co_return wrong_method("GET");
    co_return co_await explainer_.answer(request.path.substr(explanations_path.size()));
  }
  if (request.path.starts_with(notices_path)) {
    if (!is_get) co_return wrong_method("GET");
    auto id = request.path.substr(notices_path.size());
    co_return co_await preview_.answer(std::move(id), std::move(request.query["kind"]));
  }
  if (request.path == "/v1/queue/retry") {
    if (request.method != "POST") co_return wrong_method("POST");
    co_return co_await retry(std::move(request));
  }
  if (is_records_path(request.path)) {
    auto standings = dispatcher_.standings();
    co_return co_await answer_records(&store_, std::move(request), std::move(standings));
  }
  if (is_site_order(request.path)) {
    co_return co_await carry_out_site_order(&dispatcher_, std::move(request));
  }
  co_return refuse(404, "no such path; see /v1/status, /v1/queue, /v1/messages/ID");
}

HttpResponse ControlApi::status() const {
  const auto now = clock_.wall();
  Json view;
  view["version"] = GREYHOUND_VERSION;
  view["pid"] = ::getpid();
  view["started"] = to_text(started_);
  view["now"] = to_text(now);
  view["uptime_s"] =
      std::chrono::duration_cast<std::chrono::seconds>(std::max(now, started_) - started_).count();
  view["room"] = room_name(store_.room());
  const auto in_doubt = dispatcher_.in_doubt();
  view["in_doubt"]["after_cut"] = in_doubt.after_cut;
  view["in_doubt"]["after_crash"] = in_doubt.after_crash;
  return answer_with(view);
}

Awaitable<HttpResponse> ControlApi::list(HttpRequest request) {
  std::size_t wanted = default_page;
  if (const auto limit = request.query.find("limit"); limit != request.query.end()) {
    const auto size = page_size(limit->second);
    if (!size) co_return refuse(400, "limit must be a number from 1");
    wanted = *size;
  }
  std::optional<queue::DeliveryId> after;
  if (const auto text = request.query.find("after"); text != request.query.end()) {
    after = queue::DeliveryId::parse(text->second);
    if (!after) co_return refuse(400, "after must be the id of a delivery");
  }
  const auto form = request.query.find("form");
  const bool as_rows = form != request.query.end() && form->second == "rows";
  HttpResponse response;
  response.content_type = as_rows ? "text/tab-separated-values" : "application/x-ndjson";
  do {
    auto adding = as_rows ? add_rows(after, wanted, &response.body)
                          : add_views(after, wanted, &response.body);
    const auto part = co_await std::move(adding);
    if (!part) co_return fail(part.error());
    wanted -= std::min(wanted, part->deliveries);
    after = part->next;
  } while (after && wanted > 0 && response.body.size() < max_page_bytes);
  if (after) response.headers.emplace_back("Greyhound-Next", after->to_string());
  co_return response;
}

Awaitable<Result<ControlApi::ListPart>> ControlApi::add_rows(std::optional<queue::DeliveryId> after,
                                                             std::size_t most,
                                                             std::string* into) {
  const auto page = co_await store_.deliveries(after, std::min(most, rows_at_once));
  if (!page) co_return page.error();
  for (const auto& one : page->deliveries)
    append_line(*into, queue_row(one, dispatcher_.is_active(one.delivery.id)));
  co_return ListPart{.deliveries = page->deliveries.size(), .next = page->next};
}

Awaitable<Result<ControlApi::ListPart>> ControlApi::add_views(
    std::optional<queue::DeliveryId> after, std::size_t most, std::string* into) {
  const auto page = co_await store_.list(after, std::min(most, views_at_once));
  if (!page) co_return page.error();
  for (const auto& [message, delivery] : page->deliveries) {
    const bool is_active = dispatcher_.is_active(delivery.id);
    *into += to_line(delivery_view(message, delivery, is_active, *dispatcher_.reply_rules)) + "\n";
  }
  co_return ListPart{.deliveries = page->deliveries.size(), .next = page->next};
}

Awaitable<HttpResponse> ControlApi::message(std::string id) {
  auto found = co_await look_up(&store_, std::move(id));
  if (!found) co_return fail(found.error());
  if (const auto* problem = std::get_if<NotFound>(&*found)) {
    co_return refuse(*problem);
  }
  auto loaded = co_await store_.load_message(std::get<Found>(*found).message);
  if (!loaded && loaded.error().fault == Fault::not_found) {
    co_return refuse(404, "the message has just left the queue");
  }
  if (!loaded) co_return fail(loaded.error());
  co_return answer_with(message_view(*loaded, dispatcher_.is_active, *dispatcher_.reply_rules));
}

Awaitable<HttpResponse> ControlApi::retry(HttpRequest request) {
  const auto order = parse_order(request.body);
  if (!order) co_return refuse(400, order.error().what);
  Json view;
  view["results"] = Json::array();
  for (const auto& id : order->ids) {
    Json one;
    const auto done = co_await retry_one(id, order->is_dry_run, &one);
    if (!done) co_return fail(done.error());
    view["results"].push_back(std::move(one));
  }
  co_return answer_with(view);
}

Awaitable<Result<>> ControlApi::retry_one(std::string id, bool is_dry_run, Json* into) {
  auto& view = *into;
  view["id"] = id;
  auto found = co_await look_up(&store_, std::move(id));
  if (!found) co_return found.error();
  if (const auto* problem = std::get_if<NotFound>(&*found)) {
    view.update(problem_view(*problem));
    co_return Result<>{};
  }
  const auto wanted = std::get<Found>(*found);
  auto loaded = co_await store_.load_message(wanted.message);
  if (!loaded && loaded.error().fault != Fault::not_found) co_return loaded.error();
  auto moves = Json::array();
  if (loaded) {
    for (auto& delivery : loaded->deliveries) {
      if (wanted.number && delivery.id.number != *wanted.number) continue;
      moves.emplace_back();
      const auto done = co_await move_due(std::move(delivery), is_dry_run, &moves.back());
      if (!done) co_return done.error();
    }
  }
  if (moves.empty()) {
    view.update(problem_view(no_open_delivery()));
  } else {
    view["deliveries"] = std::move(moves);
  }
  co_return Result<>{};
}

// Held mail moves only when it is released; an attempt under way sets the next due itself.
Awaitable<Result<>> ControlApi::move_due(queue::Delivery delivery, bool is_dry_run, Json* into) {
  const auto now = clock_.wall();
  *into = moved(delivery, now);
  if (delivery.is_held) {
    *into = left_alone(delivery, "held");
  } else if (dispatcher_.is_active(delivery.id)) {
    *into = left_alone(delivery, "an attempt is under way");
  } else if (delivery.due <= now) {
    *into = left_alone(delivery, "due already");
  } else if (!is_dry_run) {
    const auto done = co_await store_.reschedule(delivery.id, now, queue::Mover::an_operator);
    if (!done && done.error().fault != Fault::not_found) co_return done.error();
    if (!done) *into = left_alone(delivery, "closed meanwhile");
  }
  co_return Result<>{};
}

}  // namespace greyhound::agent
