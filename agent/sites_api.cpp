#include "agent/sites_api.hpp"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include "mail/address.hpp"
#include "mail/idn.hpp"

namespace greyhound::agent {
namespace {

constexpr std::string_view suspend_path = "/v1/sites/suspend";
constexpr std::string_view resume_path = "/v1/sites/resume";
constexpr std::string_view forget_path = "/v1/sites/forget";
constexpr std::size_t longest_name = 4096;

// As mail is kept: lower case, A-labels. A route's name is that of the settings.
std::string as_kept(const std::string& written) {
  if (written.starts_with("route:")) return written;
  std::string name;
  std::size_t begin = 0;
  while (begin <= written.size()) {
    const auto end = std::min(written.find(',', begin), written.size());
    auto host = written.substr(begin, end - begin);
    if (host.ends_with('.')) host.pop_back();
    if (begin > 0) name += ',';
    name += mail::to_a_labels(host).value_or(mail::lower_case(host));
    begin = end + 1;
  }
  return name;
}

std::optional<std::string> site_in(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("site") || !json["site"].is_string()) return std::nullopt;
  auto name = json["site"].get<std::string>();
  if (name.empty() || name.size() > longest_name) return std::nullopt;
  return as_kept(name);
}

const DispatcherFacts::SiteOrder& order_for(const DispatcherFacts& dispatcher,
                                            std::string_view path) {
  if (path == suspend_path) return dispatcher.suspend;
  return path == resume_path ? dispatcher.resume : dispatcher.forget;
}

int status_of(Fault fault) {
  if (fault == Fault::not_found) return 404;
  return fault == Fault::busy ? 503 : 500;
}

}  // namespace

bool is_site_order(std::string_view path) {
  return path == suspend_path || path == resume_path || path == forget_path;
}

Awaitable<HttpResponse> carry_out_site_order(const DispatcherFacts* dispatcher,
                                             HttpRequest request) {
  if (request.method != "POST") {
    auto refused = refuse(405, "this path takes only POST");
    refused.headers.emplace_back("Allow", "POST");
    co_return refused;
  }
  const auto site = site_in(request.body);
  if (!site) co_return refuse(400, "the body must be {\"site\": \"a site or a domain\"}");
  const auto& order = order_for(*dispatcher, request.path);
  if (!order) co_return refuse(503, "nothing is delivered here");
  auto name = *site;
  const auto done = co_await order(std::move(name));
  if (!done) co_return refuse(status_of(done.error().fault), done.error().what);
  Json view;
  view["site"] = *site;
  HttpResponse response;
  response.body = to_line(view) + "\n";
  co_return response;
}

}  // namespace greyhound::agent
