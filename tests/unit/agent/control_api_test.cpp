#include "agent/control_api.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/task_group.hpp"
#include "unit/agent/queue_builders.hpp"
#include "world/memory_store.hpp"
#include "world/virtual_time.hpp"

namespace greyhound::agent {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using world::a_message;
using world::noon;

class ControlApiTest : public testing::Test {
 protected:
  ~ControlApiTest() override { time_.run_for(1s); }

  static Awaitable<> keep(Awaitable<HttpResponse> work, HttpResponse* into) {
    *into = co_await std::move(work);
  }
  static Awaitable<> put(world::MemoryStore* store, queue::NewMessage message) {
    const auto accepted = co_await store->accept(std::move(message));
    EXPECT_TRUE(accepted.has_value());
  }

  void accept(queue::NewMessage message) {
    tasks_.spawn("accept", put(&store_, std::move(message)));
    time_.run_for(1us);
  }

  HttpResponse ask(const std::string& method,
                   const std::string& path,
                   std::map<std::string, std::string> query = {},
                   const std::string& body = "") {
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
  HttpResponse retry(const std::string& body) { return ask("POST", "/v1/queue/retry", {}, body); }

  Instant due_of(queue::DeliveryId id) const {
    for (const auto& message : store_.messages()) {
      for (const auto& delivery : message.deliveries) {
        if (delivery.id == id) return delivery.due;
      }
    }
    return {};
  }

  static std::vector<std::string> deliveries_of(const HttpResponse& response) {
    std::vector<std::string> ids;
    std::string_view rest = response.body;
    while (!rest.empty()) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(line.size() + 1);
      ids.push_back(Json::parse(line)["delivery"].get<std::string>());
    }
    return ids;
  }

  world::VirtualTime time_{noon};
  world::MemoryStore store_{time_};
  TaskGroup tasks_{time_.loop()};
  std::set<queue::DeliveryId> active_;
  scheduler::RetrySettings retry_ = world::plain_retry();
  notify::NotificationSettings notification_;
  ControlApi api_{
      {.store = store_,
       .clock = time_,
       .dispatcher = {
           .is_active = [this](queue::DeliveryId id) { return active_.contains(id); },
           .in_doubt = [] { return scheduler::InDoubtCount{.after_cut = 2, .after_crash = 1}; }},
       .policies = {retry_, notification_}}};
  queue::MessageId first_ = queue::MessageId::first_at(noon - 1h);
  queue::MessageId second_ = queue::MessageId::first_at(noon - 1min);
};

TEST_F(ControlApiTest, TellsThatItRunsAndSinceWhen) {
  time_.run_for(90s);

  const auto response = ask("GET", "/v1/status");
  const auto status = Json::parse(response.body);

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(status["started"], "2026-03-01T12:00:00Z");
  EXPECT_EQ(status["uptime_s"], 90);
  EXPECT_EQ(status["pid"], ::getpid());
  EXPECT_EQ(status["version"], GREYHOUND_VERSION);
  EXPECT_EQ(status["room"], "ample");
  EXPECT_EQ(status["in_doubt"]["after_cut"], 2);
  EXPECT_EQ(status["in_doubt"]["after_crash"], 1);
}

TEST_F(ControlApiTest, ListsOpenDeliveriesInOrderOfArrival) {
  accept(a_message(second_).to("c@f.example").build());
  accept(a_message(first_).to("a@d.example").to("b@e.example").build());

  const auto response = ask("GET", "/v1/queue");

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/x-ndjson");
  EXPECT_THAT(
      deliveries_of(response),
      ElementsAre(
          first_.to_string() + "-1", first_.to_string() + "-2", second_.to_string() + "-1"));
  EXPECT_TRUE(response.headers.empty());
}

TEST_F(ControlApiTest, ListsAQueueLongerThanAPageWithoutGapOrRepetition) {
  std::vector<std::string> expected;
  for (int i = 0; i < 250; ++i) {
    const auto id = queue::MessageId::first_at(noon - 1h + i * 1ms);
    accept(a_message(id).to("a@d.example").build());
    expected.push_back(id.to_string() + "-1");
  }

  std::vector<std::string> listed;
  std::string after;
  do {
    std::map<std::string, std::string> query{{"limit", "120"}};
    if (!after.empty()) query["after"] = after;
    const auto response = ask("GET", "/v1/queue", query);
    const auto ids = deliveries_of(response);
    EXPECT_LE(ids.size(), 120U);
    listed.insert(listed.end(), ids.begin(), ids.end());
    after = response.headers.empty() ? "" : response.headers[0].second;
  } while (!after.empty());

  EXPECT_EQ(listed, expected);
}

TEST_F(ControlApiTest, EndsAPageThatGrowsTooLargeAndSaysWhereToGoOn) {
  for (int i = 0; i < 150; ++i) {
    auto outcome = world::greylisted();
    outcome.reply->lines = {std::string(40'000, 'x')};
    const auto id = queue::MessageId::first_at(noon - 1h + i * 1ms);
    accept(a_message(id).to("a@d.example").deferred(outcome, "mx", 5min).build());
  }

  const auto response = ask("GET", "/v1/queue", {{"limit", "1000"}});

  EXPECT_LT(deliveries_of(response).size(), 150U);
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0].first, "Greyhound-Next");
  EXPECT_EQ(response.headers[0].second, deliveries_of(response).back());
}

TEST_F(ControlApiTest, RefusesAPageThatCannotBeMeant) {
  EXPECT_EQ(ask("GET", "/v1/queue", {{"limit", "0"}}).status, 400);
  EXPECT_EQ(ask("GET", "/v1/queue", {{"limit", "ten"}}).status, 400);
  EXPECT_EQ(ask("GET", "/v1/queue", {{"after", "nowhere"}}).status, 400);
}

TEST_F(ControlApiTest, ShowsAMessageByAnyPrefixThatIsUnique) {
  accept(a_message(first_).to("a@d.example").build());
  const auto text = first_.to_string();

  for (const auto& id : {text, text.substr(0, 5), mail::lower_case(text), text + "-1"}) {
    const auto response = ask("GET", "/v1/messages/" + id);

    EXPECT_EQ(response.status, 200) << id;
    EXPECT_EQ(Json::parse(response.body)["message"], text) << id;
  }
}

TEST_F(ControlApiTest, NamesTheCandidatesOfAnAmbiguousPrefix) {
  accept(a_message(first_).to("a@d.example").build());
  accept(a_message(second_).to("a@d.example").build());

  const auto response = ask("GET", "/v1/messages/" + first_.to_string().substr(0, 1));

  EXPECT_EQ(response.status, 409);
  EXPECT_THAT(Json::parse(response.body)["candidates"],
              ElementsAre(first_.to_string(), second_.to_string()));
}

TEST_F(ControlApiTest, KnowsNoMessageThatIsNotThere) {
  EXPECT_EQ(ask("GET", "/v1/messages/" + first_.to_string()).status, 404);
  EXPECT_EQ(ask("GET", "/v1/messages/../../etc/passwd").status, 400);
  EXPECT_EQ(ask("GET", "/v1/messages/").status, 400);
}

TEST_F(ControlApiTest, MakesEveryDeliveryOfAMessageDueNow) {
  accept(a_message(first_)
             .to("a@d.example")
             .greylisted_until(8min)
             .to("b@e.example")
             .deferred(world::unanswered(), "", 41min)
             .build());
  time_.run_for(1min);

  const auto response = retry(R"({"ids": [")" + first_.to_string() + R"("]})");
  const auto moves = Json::parse(response.body)["results"][0]["deliveries"];

  EXPECT_EQ(response.status, 200);
  ASSERT_EQ(moves.size(), 2U);
  EXPECT_EQ(moves[0]["moved"], true);
  EXPECT_EQ(moves[0]["was"], "2026-03-01T12:08:00Z");
  EXPECT_EQ(moves[0]["next"], "2026-03-01T12:01:00Z");
  EXPECT_LE(due_of({first_, 1}), time_.wall());
  EXPECT_LE(due_of({first_, 2}), time_.wall());
}

TEST_F(ControlApiTest, MovesOnlyTheDeliveryThatWasNamed) {
  accept(a_message(first_)
             .to("a@d.example")
             .greylisted_until(8min)
             .to("b@e.example")
             .greylisted_until(9min)
             .build());

  const auto response = retry(R"({"ids": [")" + first_.to_string() + R"(-2"]})");

  EXPECT_EQ(Json::parse(response.body)["results"][0]["deliveries"].size(), 1U);
  EXPECT_EQ(due_of({first_, 1}), noon + 8min);
  EXPECT_LE(due_of({first_, 2}), time_.wall());
}

TEST_F(ControlApiTest, MovesNothingOnADryRunButTellsWhatWould) {
  accept(a_message(first_).to("a@d.example").greylisted_until(8min).build());

  const auto response = retry(R"({"ids": [")" + first_.to_string() + R"("], "dry_run": true})");

  EXPECT_EQ(Json::parse(response.body)["results"][0]["deliveries"][0]["moved"], true);
  EXPECT_EQ(due_of({first_, 1}), noon + 8min);
}

TEST_F(ControlApiTest, LeavesHeldActiveAndDueDeliveriesAlone) {
  accept(a_message(first_)
             .to("a@d.example")
             .greylisted_until(8min)
             .held()
             .to("b@e.example")
             .greylisted_until(8min)
             .to("c@f.example")
             .build());
  active_.insert({first_, 2});

  const auto response = retry(R"({"ids": [")" + first_.to_string() + R"("]})");
  const auto moves = Json::parse(response.body)["results"][0]["deliveries"];

  EXPECT_EQ(moves[0]["why"], "held");
  EXPECT_EQ(moves[1]["why"], "an attempt is under way");
  EXPECT_EQ(moves[2]["why"], "due already");
  EXPECT_EQ(due_of({first_, 1}), noon + 8min);
  EXPECT_EQ(due_of({first_, 2}), noon + 8min);
}

TEST_F(ControlApiTest, AnswersForEachIdOnItsOwn) {
  accept(a_message(first_).to("a@d.example").greylisted_until(8min).build());

  const auto response = retry(R"({"ids": ["!", "7ZZZZZZZZZZZZ", ")" + first_.to_string() +
                              R"(-9", ")" + first_.to_string() + R"("]})");
  const auto results = Json::parse(response.body)["results"];

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(results[0]["reason"], "malformed");
  EXPECT_EQ(results[1]["reason"], "not_found");
  EXPECT_EQ(results[2]["reason"], "not_found");
  EXPECT_EQ(results[3]["deliveries"][0]["moved"], true);
}

TEST_F(ControlApiTest, RefusesABodyThatIsNoOrder) {
  for (const std::string body : {"",
                                 "[]",
                                 "{}",
                                 R"({"ids": "x"})",
                                 R"({"ids": [1]})",
                                 R"({"ids": [], "dry_run": "yes"})",
                                 "{\"ids\": [\"\xff\"]}"}) {
    EXPECT_EQ(retry(body).status, 400) << body;
  }
}

TEST_F(ControlApiTest, SaysWhichMethodAPathTakes) {
  const auto response = ask("GET", "/v1/queue/retry");

  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers[0], (std::pair<std::string, std::string>("Allow", "POST")));
  EXPECT_EQ(ask("DELETE", "/v1/queue").status, 405);
  EXPECT_EQ(ask("GET", "/v2/queue").status, 404);
}

TEST_F(ControlApiTest, ReportsAStoreThatCannotRead) {
  store_.set_faults({.read = Fault::disk});

  EXPECT_EQ(ask("GET", "/v1/queue").status, 500);
  EXPECT_EQ(ask("GET", "/v1/messages/0").status, 500);
  EXPECT_EQ(retry(R"({"ids": ["0"]})").status, 500);
}

}  // namespace
}  // namespace greyhound::agent
