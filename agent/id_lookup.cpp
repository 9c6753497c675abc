#include "agent/id_lookup.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"

namespace greyhound::agent {
namespace {

constexpr std::size_t max_candidates = 10;

// Shown back to whoever typed it, so it is kept short.
std::string shortened(const std::string& text) {
  constexpr std::size_t longest = 40;
  return text.size() <= longest ? text : text.substr(0, longest) + "...";
}

std::optional<std::uint16_t> delivery_number(std::string_view text) {
  std::uint16_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

Lookup malformed(const std::string& text) {
  return NotFound{.why = NotFound::Why::malformed,
                  .what = "\"" + shortened(text) + "\" is not an id, nor the beginning of one"};
}

}  // namespace

std::string_view to_string(NotFound::Why why) {
  switch (why) {
    case NotFound::Why::malformed:
      return "malformed";
    case NotFound::Why::unknown:
      return "not_found";
    case NotFound::Why::ambiguous:
      return "ambiguous";
  }
  return "not_found";
}

int http_status(NotFound::Why why) {
  switch (why) {
    case NotFound::Why::malformed:
      return 400;
    case NotFound::Why::unknown:
      return 404;
    case NotFound::Why::ambiguous:
      return 409;
  }
  return 404;
}

NotFound no_open_delivery() {
  return {.why = NotFound::Why::unknown, .what = "no such open delivery"};
}

nlohmann::ordered_json problem_view(const NotFound& problem) {
  nlohmann::ordered_json view;
  view["error"] = problem.what;
  view["reason"] = to_string(problem.why);
  view["candidates"] = nlohmann::ordered_json::array();
  for (const auto& id : problem.candidates)
    view["candidates"].push_back(id.to_string());
  return view;
}

HttpResponse refuse(const NotFound& problem) {
  HttpResponse response;
  response.status = http_status(problem.why);
  response.body = to_line(problem_view(problem)) + "\n";
  return response;
}

Awaitable<Result<Lookup>> look_up(queue::Store* store, std::string text) {
  const auto dash = text.find('-');
  std::optional<std::uint16_t> number;
  if (dash != std::string::npos) {
    number = delivery_number(std::string_view(text).substr(dash + 1));
    if (!number) co_return malformed(text);
  }
  const auto range = queue::ids_starting_with(std::string_view(text).substr(0, dash));
  if (!range) co_return malformed(text);
  auto ids = co_await store->find(*range, max_candidates);
  if (!ids) co_return ids.error();
  if (ids->empty()) {
    co_return Lookup(NotFound{.why = NotFound::Why::unknown,
                              .what = "no message in the queue has the id " + shortened(text)});
  }
  if (ids->size() > 1) {
    co_return Lookup(
        NotFound{.why = NotFound::Why::ambiguous,
                 .what = "several messages have an id that begins like " + shortened(text),
                 .candidates = std::move(*ids)});
  }
  co_return Lookup(Found{.message = ids->front(), .number = number});
}

}  // namespace greyhound::agent
