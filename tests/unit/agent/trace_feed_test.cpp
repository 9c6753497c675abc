#include "agent/trace_feed.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "unit/agent/control_server_fixture.hpp"

namespace greyhound::agent {
namespace {

using namespace std::chrono_literals;
using mail::TraceKind;
using mail::TraceSubject;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const auto some_id = queue::MessageId::first_at(world::noon);

class TraceFeedTest : public ControlServerFixture {
 protected:
  TraceFeedTest() {
    EXPECT_TRUE(server_->start());
    tasks_.spawn("put", put(&store_));
    pass_time();
  }

  static Awaitable<> put(queue::Store* store) {
    auto message = world::a_message(some_id).to("a@d.example").to("b@e.example").build();
    EXPECT_TRUE((co_await store->accept(std::move(message))).has_value());
  }

  // What the reader has been sent by now.
  std::string look(ControlClient& reader, Duration span = 100ms) {
    pass_time(span);
    return reader.received();
  }
  std::string ask(ControlClient& reader, const std::string& query) {
    reader.send("GET /v1/trace?" + query + " HTTP/1.1\r\n\r\n");
    return look(reader);
  }
  void show(const std::string& line) { trace_.show(subject, TraceKind::sent, line); }

  const TraceSubject subject{.delivery = some_id.to_string() + "-2",
                             .domain = "e.example",
                             .host = "mx1.e.example",
                             .remote = Endpoint{*IpAddress::parse("192.0.2.1"), 25}};
};

TEST_F(TraceFeedTest, AnswersAtOnceAndThenGivesLinesAsTheyCome) {
  ControlClient reader(path_);

  const auto head = ask(reader, "site=e.example");
  show("EHLO mail.example.org");
  const auto first = look(reader);
  trace_.show(subject, TraceKind::received, "250 mx1.e.example");
  const auto second = look(reader);

  EXPECT_THAT(head, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), testing::EndsWith("\r\n\r\n")));
  EXPECT_EQ(first,
            "{\"time\":\"2026-03-01T12:00:00.101Z\",\"delivery\":\"" + subject.delivery +
                "\",\"host\":\"mx1.e.example\",\"address\":\"192.0.2.1:25\","
                "\"direction\":\"sent\",\"line\":\"EHLO mail.example.org\"}\n");
  EXPECT_EQ(Json::parse(second)["direction"], "received");
}

TEST_F(TraceFeedTest, FindsMailByTheBeginningOfItsId) {
  const auto text = some_id.to_string();

  for (const auto& ids : {text, text.substr(0, text.size() - 1), text + "-2"}) {
    ControlClient reader(path_);
    ask(reader, "mail=" + ids);
    show("EHLO");
    EXPECT_THAT(look(reader), HasSubstr("EHLO")) << ids;
  }
  ControlClient other(path_);
  ask(other, "mail=" + text + "-1");
  show("EHLO");
  EXPECT_THAT(look(other), IsEmpty());
}

TEST_F(TraceFeedTest, WatchesAnAddress) {
  ControlClient reader(path_);

  ask(reader, "address=192.0.2.1");
  show("EHLO");

  EXPECT_THAT(look(reader), HasSubstr("EHLO"));
}

TEST_F(TraceFeedTest, RefusesWhatNamesNothing) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"mail=7ZZZZ", "HTTP/1.1 404 "},
      {"mail=!", "HTTP/1.1 400 "},
      {"address=mx1", "HTTP/1.1 400 "},
      {"", "HTTP/1.1 400 "},
      {"mail=" + std::string(200, ','), "HTTP/1.1 400 "}};
  for (const auto& [query, answer] : cases) {
    ControlClient reader(path_);
    EXPECT_THAT(ask(reader, query), StartsWith(answer)) << query;
  }
  EXPECT_FALSE(trace_.is_watched());
}

TEST_F(TraceFeedTest, EndsTheWatchWhenTheReaderGoesAway) {
  auto reader = std::make_unique<ControlClient>(path_);
  ask(*reader, "site=e.example");
  ASSERT_TRUE(trace_.is_watched());

  reader.reset();
  pass_time(100ms);

  EXPECT_FALSE(trace_.is_watched());
}

TEST_F(TraceFeedTest, EndsTheResponseWhenTheAgentStops) {
  ControlClient reader(path_);
  ask(reader, "site=e.example");

  stop(*server_);

  EXPECT_THAT(reader.received(), IsEmpty());
  EXPECT_TRUE(reader.was_closed());
}

TEST_F(TraceFeedTest, TellsAReaderThatIsTooSlowHowManyLinesItLost) {
  ControlClient reader(path_);
  ask(reader, "site=e.example");

  for (int i = 0; i < 1000; ++i)
    show(std::string(1000, 'x'));
  std::string all;
  for (int i = 0; i < 20; ++i)
    all += look(reader);

  const auto lines = static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
  const auto last = Json::parse(all.substr(all.rfind('\n', all.size() - 2) + 1));
  EXPECT_EQ(last["lost"], 1000 - (lines - 1));
}

TEST_F(TraceFeedTest, HoldsNothingUpForAReaderThatReadsNothing) {
  ControlClient reader(path_);
  ask(reader, "site=e.example");

  for (int i = 0; i < 5000; ++i) {
    show(std::string(1000, 'x'));
    pass_time();
  }

  EXPECT_TRUE(trace_.is_watched());
  pass_time(11min);
  EXPECT_FALSE(trace_.is_watched());
}

}  // namespace
}  // namespace greyhound::agent
