#include "agent/sites_api.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "agent/control_api.hpp"
#include "config/loader.hpp"
#include "runtime/duration_text.hpp"
#include "runtime/task_group.hpp"
#include "unit/agent/queue_builders.hpp"
#include "world/memory_store.hpp"
#include "world/virtual_time.hpp"

namespace greyhound::agent {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using world::noon;

class SitesApiTest : public testing::Test {
 protected:
  ~SitesApiTest() override { time_.run_for(1s); }

  static Awaitable<> keep(Awaitable<HttpResponse> work, HttpResponse* into) {
    *into = co_await std::move(work);
  }
  static Awaitable<> suspend(queue::Store* store, queue::Suspension suspension) {
    EXPECT_TRUE((co_await store->suspend(std::move(suspension))).has_value());
  }
  static Awaitable<Result<>> note(std::vector<std::string>* into, std::string what) {
    into->push_back(std::move(what));
    co_return Result<>();
  }
  static Awaitable<Result<>> refuse_to(std::string name) {
    co_return Error{Fault::not_found, name + " is not suspended"};
  }

  DispatcherFacts facts() {
    DispatcherFacts facts;
    facts.standings = [this] { return standings_; };
    facts.suspend = [this](std::string name) { return note(&orders_, "suspend " + name); };
    facts.resume = [](std::string name) { return refuse_to(std::move(name)); };
    facts.forget = [this](std::string name) { return note(&orders_, "forget " + name); };
    return facts;
  }

  HttpResponse ask(const std::string& method,
                   const std::string& path,
                   const std::string& body,
                   std::map<std::string, std::string> query = {}) {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.query = std::move(query);
    request.body = body;
    HttpResponse response;
    response.status = 0;
    tasks_.spawn("ask", keep(api_.answer(std::move(request)), &response));
    time_.run_for(1us);
    return response;
  }

  std::vector<std::string> names(const std::string& lines) {
    std::vector<std::string> found;
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);)
      found.push_back(Json::parse(line)["site"].get<std::string>());
    return found;
  }

  world::VirtualTime time_{noon};
  world::MemoryStore store_{time_};
  std::vector<scheduler::SiteStanding> standings_;
  std::vector<std::string> orders_;
  TaskGroup tasks_{time_.loop()};
  const config::Settings settings_ = config::defaults();
  ControlApi api_{{.store = store_,
                   .clock = time_,
                   .dispatcher = facts(),
                   .policies = {settings_.retry, settings_.notification}}};
};

TEST_F(SitesApiTest, CarriesOutOrders) {
  EXPECT_EQ(ask("POST", "/v1/sites/suspend", R"({"site": "a.example"})").status, 200);
  EXPECT_EQ(ask("POST", "/v1/sites/forget", R"({"site": "mx.b.example"})").status, 200);

  EXPECT_THAT(orders_, ElementsAre("suspend a.example", "forget mx.b.example"));
}

TEST_F(SitesApiTest, KnowsNamesHoweverTheyAreWritten) {
  const std::pair<const char*, const char*> names[] = {
      {"Example.COM", "example.com"},
      {"example.com.", "example.com"},
      {"b\u00fccher.example", "xn--bcher-kva.example"},
      {"MX1.example,mx2.Example", "mx1.example,mx2.example"},
      {"[192.0.2.1]", "[192.0.2.1]"},
      {"route:Relay.example:587", "route:Relay.example:587"}};
  std::vector<std::string> expected;
  for (const auto& [written, name] : names) {
    const Json body{{"site", written}};
    const auto answer = ask("POST", "/v1/sites/suspend", body.dump());
    EXPECT_EQ(Json::parse(answer.body)["site"], name);
    expected.push_back(std::string("suspend ") + name);
  }

  EXPECT_EQ(orders_, expected);
}

TEST_F(SitesApiTest, SaysWhyAnOrderWasNotCarriedOut) {
  const auto answer = ask("POST", "/v1/sites/resume", R"({"site": "a.example"})");

  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(Json::parse(answer.body)["error"], "a.example is not suspended");
}

TEST_F(SitesApiTest, TakesNoOrderThatItDoesNotUnderstand) {
  EXPECT_EQ(ask("GET", "/v1/sites/suspend", "").status, 405);
  for (const auto* body : {"", "{}", "[]", R"({"site": 1})", R"({"site": ""})"})
    EXPECT_EQ(ask("POST", "/v1/sites/suspend", body).status, 400) << body;

  EXPECT_TRUE(orders_.empty());
}

TEST_F(SitesApiTest, ListsHowSitesStandAndWhatIsSuspendedByName) {
  standings_ = {
      {.site = "mx.c.example", .at_once = 7, .running = 3, .waiting = 2},
      {.site = "mx.a.example", .at_once = 1, .dead_since = noon, .next_probe = noon + 1min}};
  tasks_.spawn("suspend", suspend(&store_, {"b.example", noon}));

  const auto all = ask("GET", "/v1/sites", "").body;

  ASSERT_THAT(names(all), ElementsAre("b.example", "mx.a.example", "mx.c.example"));
  std::istringstream in(all);
  std::vector<Json> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(Json::parse(line));
  EXPECT_EQ(lines[0]["suspended_since"], greyhound::to_text(noon));
  EXPECT_TRUE(lines[0]["at_once"].is_null());
  EXPECT_EQ(lines[1]["dead_since"], greyhound::to_text(noon));
  EXPECT_EQ(lines[1]["next_probe"], greyhound::to_text(noon + 1min));
  EXPECT_EQ(lines[2]["at_once"], 7);
  EXPECT_EQ(lines[2]["running"], 3);
  EXPECT_EQ(lines[2]["waiting"], 2);
  EXPECT_TRUE(lines[2]["changed"].is_null());
}

TEST_F(SitesApiTest, ListsPageByPage) {
  for (const auto* name : {"c", "a", "e", "b", "d"})
    standings_.push_back({.site = name});

  std::vector<std::string> found;
  std::string after;
  do {
    const auto page = ask("GET", "/v1/sites", "", {{"limit", "2"}, {"after", after}});
    for (auto& name : names(page.body))
      found.push_back(std::move(name));
    after = page.headers.empty() ? "" : page.headers[0].second;
  } while (!after.empty());

  EXPECT_THAT(found, ElementsAre("a", "b", "c", "d", "e"));
}

}  // namespace
}  // namespace greyhound::agent
