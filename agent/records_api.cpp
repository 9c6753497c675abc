#include "agent/records_api.hpp"

#include <charconv>
#include <map>

#include <nlohmann/json.hpp>

#include "agent/records_view.hpp"

namespace greyhound::agent {
namespace {

constexpr std::size_t default_page = 100;
constexpr std::size_t max_page = 1000;

HttpResponse wrong_method(std::string_view allowed) {
  auto response = refuse(405, "this path takes only " + std::string(allowed));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

std::optional<std::size_t> page_size(const HttpRequest& request) {
  const auto limit = request.query.find("limit");
  if (limit == request.query.end()) return default_page;
  std::size_t size = 0;
  const auto* const end = limit->second.data() + limit->second.size();
  const auto [stop, error] = std::from_chars(limit->second.data(), end, size);
  if (error != std::errc{} || stop != end || size == 0) return std::nullopt;
  return std::min(size, max_page);
}

std::string after(const HttpRequest& request) {
  const auto found = request.query.find("after");
  return found == request.query.end() ? std::string() : found->second;
}

HttpResponse lines_response() {
  HttpResponse response;
  response.content_type = "application/x-ndjson";
  return response;
}

void add_next(HttpResponse& response, const std::string& next) {
  response.headers.emplace_back("Greyhound-Next", next);
}

Awaitable<HttpResponse> ledger(queue::Store* store, std::string from, std::size_t limit) {
  std::optional<queue::LedgerPosition> start;
  if (!from.empty()) {
    start = parse_ledger_position(from);
    if (!start) co_return refuse(400, "after must be the place of a line in the ledger");
  }
  const auto page = co_await store->ledger(start, limit);
  if (!page) co_return fail(page.error());
  auto response = lines_response();
  for (const auto& line : page->lines)
    response.body += to_line(ledger_view(line)) + "\n";
  if (const auto& next = page->next) add_next(response, to_text(*next));
  co_return response;
}

// Three lists by name become one: what was learned, how sites stand, what is suspended.
Awaitable<HttpResponse> sites(queue::Store* store,
                              std::string from,
                              std::size_t limit,
                              std::vector<scheduler::SiteStanding> standings) {
  const auto learned = co_await store->sites(from, limit);
  if (!learned) co_return fail(learned.error());
  const auto suspensions = co_await store->suspensions();
  if (!suspensions) co_return fail(suspensions.error());
  std::map<std::string, SiteKnown> all;
  for (const auto& facts : *learned)
    all[facts.site].facts = facts;
  // A page ends where that of what was learned does, or names between would be left out.
  const bool has_more = learned->size() == limit;
  const auto is_on_page = [&](const std::string& name) {
    return name > from && (!has_more || name <= learned->back().site);
  };
  for (const auto& standing : standings)
    if (is_on_page(standing.site)) all[standing.site].standing = standing;
  for (const auto& [name, since] : *suspensions)
    if (is_on_page(name)) all[name].suspended_since = since;
  auto response = lines_response();
  std::size_t count = 0;
  for (const auto& [name, known] : all) {
    response.body += to_line(site_view(name, known)) + "\n";
    if (++count < limit) continue;
    if (has_more || all.size() > limit) add_next(response, name);
    break;
  }
  co_return response;
}

Awaitable<HttpResponse> quarantine(queue::Store* store, std::string from, std::size_t limit) {
  std::optional<queue::DeliveryId> start;
  if (!from.empty()) {
    start = queue::DeliveryId::parse(from);
    if (!start) co_return refuse(400, "after must be the id of a delivery");
  }
  const auto page = co_await store->quarantined(start, limit);
  if (!page) co_return fail(page.error());
  auto response = lines_response();
  for (const auto& one : page->deliveries)
    response.body += to_line(quarantined_view(one)) + "\n";
  if (const auto& next = page->next) add_next(response, next->to_string());
  co_return response;
}

Awaitable<HttpResponse> back_up(queue::Store* store, std::string body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("folder") || !json["folder"].is_string()) {
    co_return refuse(400, "the body must be {\"folder\": \"/absolute/path\"}");
  }
  const std::filesystem::path folder = json["folder"].get<std::string>();
  if (!folder.is_absolute()) co_return refuse(400, "folder must be an absolute path");
  std::error_code code;
  if (std::filesystem::exists(folder, code)) {
    co_return refuse(409, folder.string() + " is there already");
  }
  const auto made = co_await store->back_up(folder);
  if (!made) co_return fail(made.error());
  Json view;
  view["folder"] = folder.string();
  HttpResponse response;
  response.body = to_line(view) + "\n";
  co_return response;
}

}  // namespace

bool is_records_path(std::string_view path) {
  return path == "/v1/ledger" || path == "/v1/sites" || path == "/v1/quarantine" ||
         path == "/v1/db/backup";
}

Awaitable<HttpResponse> answer_records(queue::Store* store,
                                       HttpRequest request,
                                       std::vector<scheduler::SiteStanding> standings) {
  if (request.path == "/v1/db/backup") {
    if (request.method != "POST") co_return wrong_method("POST");
    co_return co_await back_up(store, std::move(request.body));
  }
  if (request.method != "GET") co_return wrong_method("GET");
  const auto limit = page_size(request);
  if (!limit) co_return refuse(400, "limit must be a number from 1");
  auto from = after(request);
  if (request.path == "/v1/ledger") co_return co_await ledger(store, std::move(from), *limit);
  if (request.path == "/v1/sites") {
    co_return co_await sites(store, std::move(from), *limit, std::move(standings));
  }
  co_return co_await quarantine(store, std::move(from), *limit);
}

}  // namespace greyhound::agent
