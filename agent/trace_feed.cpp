#include "agent/trace_feed.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "agent/id_lookup.hpp"
#include "agent/queue_view.hpp"
#include "mail/address.hpp"
#include "runtime/duration_text.hpp"

namespace greyhound::agent {

using namespace std::chrono_literals;

namespace {

// Lines are collected for this long, which the eye does not see.
constexpr auto between_looks = 50ms;
constexpr auto write_limit = 10min;

constexpr std::string_view head =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n";

std::string_view to_string(mail::TraceKind kind) {
  switch (kind) {
    case mail::TraceKind::sent:
      return "sent";
    case mail::TraceKind::received:
      return "received";
    case mail::TraceKind::remark:
      return "remark";
  }
  return "remark";
}

std::string to_the_millisecond(Instant at) {
  auto text = greyhound::to_text(at);
  const auto part = std::chrono::floor<std::chrono::milliseconds>(at) -
                    std::chrono::floor<std::chrono::seconds>(at);
  text.insert(text.size() - 1, fmt::format(".{:03}", part.count()));
  return text;
}

std::string as_json(const TraceLine& line) {
  Json view;
  view["time"] = to_the_millisecond(line.at);
  view["delivery"] = line.subject.delivery;
  view["host"] = line.subject.host.empty() ? Json(nullptr) : Json(line.subject.host);
  view["address"] = line.subject.remote ? Json(line.subject.remote->to_string()) : Json(nullptr);
  view["direction"] = to_string(line.kind);
  view["line"] = line.text;
  return to_line(view) + "\n";
}

std::string as_json(const TraceTaken& taken, Instant now) {
  std::string lines;
  for (const auto& line : taken.lines)
    lines += as_json(line);
  if (taken.lost > 0) {
    Json view;
    view["time"] = to_the_millisecond(now);
    view["lost"] = taken.lost;
    lines += to_line(view) + "\n";
  }
  return lines;
}

std::string parameter(const HttpRequest& request, const char* name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string() : found->second;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> words;
  while (!list.empty()) {
    const auto word = list.substr(0, list.find(','));
    if (!word.empty()) words.emplace_back(word);
    list.remove_prefix(std::min(list.size(), word.size() + 1));
  }
  return words;
}

}  // namespace

Awaitable<std::variant<TraceFilter, HttpResponse>> TraceFeed::understand(HttpRequest request) {
  if (request.method != "GET") co_return refuse(405, "this path takes only GET");
  TraceFilter filter{.site = mail::lower_case(parameter(request, "site"))};
  if (const auto address = parameter(request, "address"); !address.empty()) {
    filter.address = IpAddress::parse(address);
    if (!filter.address) co_return refuse(400, "address must be an IP address");
  }
  const auto ids = split(parameter(request, "mail"));
  if (ids.size() > max_ids) co_return refuse(400, "at most 100 ids");
  for (const auto& id : ids) {
    auto found = co_await find(id);
    if (auto* const refusal = std::get_if<HttpResponse>(&found)) co_return std::move(*refusal);
    filter.mail.push_back(std::get<TraceFilter::Mail>(std::move(found)));
  }
  const bool asks_for_nothing = ids.empty() && filter.site.empty() && !filter.address;
  if (asks_for_nothing) co_return refuse(400, "needs mail, site or address");
  co_return filter;
}

Awaitable<TraceFeed::Found> TraceFeed::find(std::string id) {
  const auto looked_up = co_await look_up(&store_, std::move(id));
  if (!looked_up) co_return refuse(503, looked_up.error().what);
  if (const auto* problem = std::get_if<NotFound>(&*looked_up)) {
    auto what = problem->what;
    for (const auto& candidate : problem->candidates)
      what += (&candidate == problem->candidates.data() ? ": " : ", ") + candidate.to_string();
    co_return refuse(http_status(problem->why), what);
  }
  const auto& found = std::get<agent::Found>(*looked_up);
  TraceFilter::Mail mail{.id = found.message.to_string(), .is_message = !found.number};
  if (found.number) mail.id += "-" + std::to_string(*found.number);
  co_return mail;
}

Awaitable<> TraceFeed::serve(Stream* reader, TraceFilter filter) {
  const auto watch = hub_.watch(std::move(filter));
  std::string lines(head);
  for (;;) {
    if (!lines.empty()) {
      const auto sent = co_await clock_.within(write_limit, reader->write(lines));
      if (!sent) co_return;
    }
    co_await clock_.sleep(between_looks);
    if (!reader->is_quiet()) co_return;  // gone, or asking for something else
    lines = as_json(watch->take(), clock_.wall());
  }
}

}  // namespace greyhound::agent
