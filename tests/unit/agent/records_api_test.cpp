#include "agent/records_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "agent/control_api.hpp"
#include "agent/records_view.hpp"
#include "runtime/task_group.hpp"
#include "unit/agent/queue_builders.hpp"
#include "world/memory_store.hpp"
#include "world/virtual_time.hpp"

namespace greyhound::agent {
namespace {

using namespace std::chrono_literals;
using world::a_message;
using world::noon;

class RecordsApiTest : public testing::Test {
 protected:
  ~RecordsApiTest() override { time_.run_for(1s); }

  static Awaitable<> keep(Awaitable<HttpResponse> work, HttpResponse* into) {
    *into = co_await std::move(work);
  }
  static Awaitable<> quarantine(queue::Store* store, queue::NewMessage message) {
    EXPECT_TRUE((co_await store->accept(message)).has_value());
    auto entry = queue::due_entry_of(message.deliveries[0]);
    EXPECT_TRUE((co_await store->quarantine(std::move(entry), "for a test")).has_value());
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

  world::VirtualTime time_{noon};
  world::MemoryStore store_{time_};
  TaskGroup tasks_{time_.loop()};
  scheduler::RetrySettings retry_ = world::plain_retry();
  notify::NotificationSettings notification_;
  ControlApi api_{
      {.store = store_, .clock = time_, .dispatcher = {}, .policies = {retry_, notification_}}};
};

TEST_F(RecordsApiTest, ListsWhatIsInQuarantinePageByPage) {
  for (int i = 0; i < 3; ++i) {
    const auto id = queue::MessageId::first_at(noon - 1h + i * 1ms);
    tasks_.spawn("put", quarantine(&store_, a_message(id).to("a@d.example").build()));
    time_.run_for(1us);
  }

  const auto first = ask("GET", "/v1/quarantine", {{"limit", "2"}});
  ASSERT_EQ(first.headers.size(), 1U);
  EXPECT_EQ(first.headers[0].first, "Greyhound-Next");
  const auto rest = ask("GET", "/v1/quarantine", {{"after", first.headers[0].second}});

  EXPECT_EQ(first.content_type, "application/x-ndjson");
  EXPECT_EQ(std::count(first.body.begin(), first.body.end(), '\n'), 2);
  EXPECT_TRUE(rest.headers.empty());
  const auto line = Json::parse(rest.body);
  EXPECT_EQ(line["state"], "quarantined");
  EXPECT_EQ(line["why"], "for a test");
}

TEST_F(RecordsApiTest, TellsWhatTheDiskHasRoomFor) {
  EXPECT_EQ(Json::parse(ask("GET", "/v1/status").body)["room"], "ample");
  store_.set_room(queue::Room::settlements);
  EXPECT_EQ(Json::parse(ask("GET", "/v1/status").body)["room"], "settlements");
  store_.set_room(queue::Room::none);
  EXPECT_EQ(Json::parse(ask("GET", "/v1/status").body)["room"], "none");
}

TEST_F(RecordsApiTest, RefusesWhatItDoesNotUnderstand) {
  EXPECT_EQ(ask("POST", "/v1/ledger").status, 405);
  EXPECT_EQ(ask("GET", "/v1/db/backup").status, 405);
  EXPECT_EQ(ask("GET", "/v1/ledger", {{"limit", "0"}}).status, 400);
  EXPECT_EQ(ask("GET", "/v1/ledger", {{"after", "yesterday"}}).status, 400);
  EXPECT_EQ(ask("GET", "/v1/quarantine", {{"after", "x"}}).status, 400);
  EXPECT_EQ(ask("POST", "/v1/db/backup", {}, "{}").status, 400);
  EXPECT_EQ(ask("POST", "/v1/db/backup", {}, R"({"folder": "here"})").status, 400);
  EXPECT_EQ(ask("POST", "/v1/db/backup", {}, R"({"folder": "/"})").status, 409);
}

TEST(LedgerPosition, IsReadAsItIsWritten) {
  const queue::LedgerPosition position{noon + 1us, {queue::MessageId::first_at(noon), 7}};

  EXPECT_EQ(parse_ledger_position(to_text(position)), position);
  for (const auto* wrong : {"", ".", "1.", ".1KJMMA2G00000-1", "x.1KJMMA2G00000-1", "1.1KJMMA2G0"})
    EXPECT_FALSE(parse_ledger_position(wrong)) << wrong;
}

}  // namespace
}  // namespace greyhound::agent
