#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"
#include "queue/rocks_store.hpp"
#include "unit/cli/command_world.hpp"

namespace greyhound::cli {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using world::a_message;

class LedgerCommandTest : public CommandTest {
 protected:
  // What a stopped agent left behind: `count` attempts, one a minute, the last one a minute ago, by
  // turns to d.example and to e.example.
  void write_attempts(int count) {
    runtime::SystemClock clock;
    SilentLog log;
    const queue::QueueSettings settings{.folder = folder_ / "state" / "queue",
                                        .memory_bytes = 16 << 20,
                                        .reserve_disk_bytes = 1 << 20};
    std::filesystem::create_directories(settings.folder);
    auto store = queue::open_rocks_store(settings, queue::OpenMode::read_write, clock, log);
    ASSERT_TRUE(store) << store.error().what;
    LoopThread loop;
    loop.run(attempt(store->get(), count, clock.wall()));
  }

  static Awaitable<> attempt(queue::Store* store, int count, Instant now) {
    auto message = a_message(store->new_id()).to("a@d.example").to("b@e.example").build();
    EXPECT_TRUE((co_await store->accept(message)).has_value());
    for (int i = 0; i < count; ++i) {
      auto after = message.deliveries[static_cast<std::size_t>(i % 2)];
      after.attempts = static_cast<std::uint32_t>(i + 1);
      const auto at = now - (count - i) * 1min;
      queue::LedgerLine line{.position = {at, after.id}, .started = at - 1500ms};
      line.domain = after.domain;
      line.site = "mx." + after.domain;
      line.host = line.site;
      line.counts.deferred = 1;
      line.reply = "451 4.7.1 try again";
      line.reply_class = mail::ReplyClass::greylist;
      line.attempts = after.attempts;
      line.wait = 5min;
      line.due = after.due;
      queue::Settlement settlement{.after = after};
      settlement.ledger = line;
      settlement.learned =
          queue::SiteLesson{.site = line.site, .age = 5min, .has_passed = i % 2 == 1, .at = at};
      EXPECT_TRUE((co_await store->settle(std::move(settlement))).has_value());
    }
  }

  static std::vector<Json> objects(const std::string& out) {
    std::vector<Json> found;
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);)
      found.push_back(Json::parse(line));
    return found;
  }
};

TEST_F(LedgerCommandTest, PrintsEachAttemptOnALineOldestFirst) {
  write_attempts(3);

  const auto ended = greyhound({"ledger"});

  EXPECT_EQ(ended.code, exit_done) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("store opened read-only"));
  std::istringstream lines(ended.out);
  std::vector<std::string> read;
  for (std::string line; std::getline(lines, line);)
    read.push_back(line);
  ASSERT_THAT(read, SizeIs(4));
  EXPECT_THAT(read[0], HasSubstr("ENDED"));
  EXPECT_THAT(read[1], HasSubstr("-1  1    d.example  mx.d.example  deferred"));
  EXPECT_THAT(read[3], HasSubstr("451 4.7.1 try again"));
}

TEST_F(LedgerCommandTest, PrintsMoreThanAPageAsJsonWithStableNames) {
  write_attempts(1200);

  const auto lines = objects(greyhound({"ledger", "--json"}).out);

  ASSERT_THAT(lines, SizeIs(1200));
  for (std::size_t i = 0; i < lines.size(); ++i)
    ASSERT_EQ(lines[i]["attempts"], i + 1);
  EXPECT_EQ(lines[0]["took"], "1s500ms");
  EXPECT_EQ(lines[0]["wait"], "5m");
  EXPECT_EQ(lines[0]["class"], "greylist");
  EXPECT_EQ(lines[0]["deferred"], 1);
  EXPECT_TRUE(lines[0]["tls"].is_null());
}

TEST_F(LedgerCommandTest, PrintsOnlyWhatIsAskedFor) {
  write_attempts(20);
  const auto id = objects(greyhound({"ledger", "--json"}).out)[0]["delivery"].get<std::string>();

  EXPECT_THAT(objects(greyhound({"ledger", "--json", "--domain", "d.example"}).out), SizeIs(10));
  EXPECT_THAT(objects(greyhound({"ledger", "--json", "--site", "mx.e.example"}).out), SizeIs(10));
  EXPECT_THAT(objects(greyhound({"ledger", "--json", "--delivery", id}).out), SizeIs(10));
  EXPECT_THAT(objects(greyhound({"ledger", "--json", "--delivery", id.substr(0, 8)}).out),
              SizeIs(20));
  EXPECT_THAT(objects(greyhound({"ledger", "--json", "--since", "5m30s"}).out), SizeIs(5));
  EXPECT_EQ(greyhound({"ledger", "--since", "soon"}).code, exit_wrong_usage);
}

TEST_F(LedgerCommandTest, AsksTheAgent) {
  start_agent();

  const auto ended = greyhound({"ledger"});

  EXPECT_EQ(ended.code, exit_done);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.err, "greyhound: the ledger has no such attempt\n");
}

TEST_F(LedgerCommandTest, SitesTellsWhatIsKnownOfEach) {
  write_attempts(5);

  const auto ended = greyhound({"sites"});
  const auto same = greyhound({"sites", "list"});
  const auto lines = objects(greyhound({"sites", "--json"}).out);

  EXPECT_EQ(ended.code, exit_done) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("mx.d.example  0       3         -              5m"));
  EXPECT_EQ(same.out, ended.out);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[1]["site"], "mx.e.example");
  EXPECT_EQ(lines[1]["passes"], 2);
  EXPECT_EQ(lines[1]["earliest_pass"], "5m");
  EXPECT_EQ(lines[1]["keys"]["source"]["taken"], 0);
  EXPECT_EQ(lines[1]["keys"]["triplet"]["refused"], nullptr);
  EXPECT_TRUE(lines[1]["latest_refusal"].is_null());
}

TEST_F(LedgerCommandTest, SayOnStandardErrorThatTheyHaveNothingToShow) {
  write_attempts(0);

  EXPECT_THAT(greyhound({"ledger"}).err, HasSubstr("the ledger has no such attempt\n"));
  EXPECT_THAT(greyhound({"sites"}).err, HasSubstr("nothing is known of any site yet\n"));
  EXPECT_THAT(greyhound({"queue", "list", "--state", "quarantined"}).err,
              HasSubstr("nothing is in quarantine\n"));
}

TEST_F(LedgerCommandTest, ListsOnlyDeliveriesInAState) {
  write_attempts(1);

  const auto fresh = greyhound({"queue", "list", "--state", "new"});
  const auto held = greyhound({"queue", "list", "--state", "held"});
  const auto wrong = greyhound({"queue", "list", "--state", "lost"});

  EXPECT_THAT(fresh.out, HasSubstr("e.example"));
  EXPECT_EQ(held.out, "");
  EXPECT_EQ(wrong.code, exit_wrong_usage);
}

}  // namespace
}  // namespace greyhound::cli
