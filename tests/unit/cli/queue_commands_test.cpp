#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "agent/queue_view.hpp"
#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"
#include "queue/rocks_store.hpp"
#include "unit/cli/command_world.hpp"

namespace greyhound::cli {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using world::a_message;
using world::noon;

const auto some_id = queue::MessageId::first_at(noon - 1h);
const auto other_id = queue::MessageId::first_at(noon - 30min);

class QueueCommandsTest : public CommandTest {
 protected:
  // What a stopped agent left behind.
  void write_store(queue::NewMessage message) {
    runtime::SystemClock clock;
    SilentLog log;
    const queue::QueueSettings settings{.folder = folder_ / "state" / "queue",
                                        .memory_bytes = 16 << 20,
                                        .reserve_disk_bytes = 1 << 20};
    std::filesystem::create_directories(settings.folder);
    auto store = queue::open_rocks_store(settings, queue::OpenMode::read_write, clock, log);
    ASSERT_TRUE(store) << store.error().what;
    LoopThread loop;
    loop.run(put(store->get(), std::move(message)));
  }

 private:
  static Awaitable<> put(queue::Store* store, queue::NewMessage message) {
    EXPECT_TRUE((co_await store->accept(std::move(message))).has_value());
  }
};

TEST_F(QueueCommandsTest, ListAsksTheAgentForATable) {
  start_agent();
  accept(a_message(some_id).to("a@d.example").greylisted_until(8min).build());

  const auto ended = greyhound({"queue", "list"});

  EXPECT_EQ(ended.code, exit_done);
  EXPECT_THAT(ended.out, StartsWith("DELIVERY         AGE"));
  EXPECT_THAT(ended.out, HasSubstr(some_id.to_string() + "-1  "));
  EXPECT_THAT(ended.out, HasSubstr("d.example  451 4.7.1 Greylisted, come back in 5 minutes\n"));
  EXPECT_EQ(ended.err, "");
}

TEST_F(QueueCommandsTest, ListPrintsOneJsonObjectALine) {
  start_agent();
  for (int i = 0; i < 600; ++i) {  // more than one page
    const auto id = queue::MessageId::first_at(noon + i * 1ms);
    accept(a_message(id).to("a@d.example").build());
  }

  const auto ended = greyhound({"queue", "list", "--json"});

  std::istringstream lines(ended.out);
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) {
    const auto id = queue::MessageId::first_at(noon + count++ * 1ms);
    ASSERT_EQ(Json::parse(line)["message"], id.to_string());
  }
  EXPECT_EQ(count, 600);
}

TEST_F(QueueCommandsTest, MailqIsQueueList) {
  start_agent();
  accept(a_message(some_id).to("a@d.example").build());

  EXPECT_EQ(call("mailq", {}).out, greyhound({"queue", "list"}).out);
  EXPECT_EQ(call("sendmail", {"-bp"}).out, greyhound({"queue", "list"}).out);
}

TEST_F(QueueCommandsTest, ListSaysOnStandardErrorThatNothingWaits) {
  start_agent();

  const auto ended = greyhound({"queue", "list"});

  EXPECT_EQ(ended.code, exit_done);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.err, "greyhound: the queue is empty\n");
}

TEST_F(QueueCommandsTest, ListSaysOnStandardErrorThatNothingIsInThatState) {
  start_agent();
  accept(a_message(some_id).to("a@d.example").build());

  const auto ended = greyhound({"queue", "list", "--state", "held"});

  EXPECT_EQ(ended.code, exit_done);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.err, "greyhound: no delivery is held\n");
}

TEST_F(QueueCommandsTest, ListOpensTheStoreItselfWithTheAgentStopped) {
  write_store(a_message(some_id).to("a@d.example").greylisted_until(8min).build());

  const auto ended = greyhound({"queue", "list"});

  EXPECT_EQ(ended.code, exit_done);
  EXPECT_THAT(ended.out, HasSubstr(some_id.to_string() + "-1"));
  EXPECT_THAT(ended.err, HasSubstr("store opened read-only"));
}

TEST_F(QueueCommandsTest, StoreAndAgentShowTheSame) {
  const auto mail = a_message(some_id).to("a@d.example").greylisted_until(8min).build();
  write_store(mail);

  const auto from_store = greyhound({"queue", "show", "--json", some_id.to_string()});
  start_agent();
  accept(mail);
  const auto from_agent = greyhound({"queue", "show", "--json", some_id.to_string()});

  EXPECT_THAT(from_store.err, HasSubstr("store opened read-only"));
  EXPECT_EQ(from_agent.err, "");
  EXPECT_EQ(from_store.out, from_agent.out);
  EXPECT_EQ(Json::parse(from_agent.out)["message"], some_id.to_string());
}

TEST_F(QueueCommandsTest, ListNamesTheFolderThatIsNotThere) {
  const auto ended = greyhound({"queue", "list"});

  EXPECT_EQ(ended.code, exit_io_error);
  EXPECT_THAT(ended.err, HasSubstr((folder_ / "state" / "queue").string()));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "state"));
}

TEST_F(QueueCommandsTest, ShowTakesAPrefix) {
  start_agent();
  accept(a_message(some_id).to("a@d.example").greylisted_until(8min).build());

  const auto ended = greyhound({"queue", "show", some_id.to_string().substr(0, 6)});

  EXPECT_EQ(ended.code, exit_done);
  EXPECT_THAT(ended.out,
              AllOf(HasSubstr("message       " + some_id.to_string()),
                    HasSubstr("reply         451 4.7.1 come back in 5 minutes")));
}

TEST_F(QueueCommandsTest, ShowNamesTheCandidatesOfAnAmbiguousPrefix) {
  start_agent();
  accept(a_message(some_id).to("a@d.example").build());
  accept(a_message(other_id).to("a@d.example").build());

  const auto ended = greyhound({"queue", "show", some_id.to_string().substr(0, 1)});

  EXPECT_EQ(ended.code, exit_problems_found);
  EXPECT_THAT(ended.err, AllOf(HasSubstr(some_id.to_string()), HasSubstr(other_id.to_string())));
  EXPECT_EQ(ended.out, "");
}

TEST_F(QueueCommandsTest, ShowFindsNothingOnEitherWay) {
  write_store(a_message(some_id).to("a@d.example").build());

  const auto from_store = greyhound({"queue", "show", "7ZZZZ"});
  start_agent();
  const auto from_agent = greyhound({"queue", "show", "7ZZZZ"});

  EXPECT_EQ(from_store.code, exit_problems_found);
  EXPECT_EQ(from_agent.code, exit_problems_found);
  EXPECT_THAT(from_agent.err, HasSubstr("7ZZZZ"));
}

TEST_F(QueueCommandsTest, ExplainTellsTheSameWithAndWithoutAnAgent) {
  const auto mail = a_message(some_id).to("a@d.example").greylisted_until(8min).held().build();
  write_store(mail);

  const auto from_store = greyhound({"queue", "explain", "--json", some_id.to_string()});
  start_agent();
  accept(mail);
  const auto from_agent = greyhound({"queue", "explain", "--json", some_id.to_string()});

  EXPECT_EQ(from_store.code, exit_done);
  EXPECT_EQ(from_agent.code, exit_done);
  EXPECT_THAT(from_store.err, HasSubstr("store opened read-only"));
  EXPECT_EQ(from_agent.err, "");
  EXPECT_EQ(from_store.out, from_agent.out);
  EXPECT_EQ(Json::parse(from_agent.out)["delivery"], some_id.to_string() + "-1");
}

TEST_F(QueueCommandsTest, ExplainTellsOfEveryOpenDelivery) {
  start_agent();
  accept(a_message(some_id).to("a@d.example").greylisted_until(8min).to("b@e.example").build());

  const auto both = greyhound({"queue", "explain", some_id.to_string()});
  const auto second = greyhound({"queue", "explain", some_id.to_string() + "-2"});

  EXPECT_THAT(both.out,
              AllOf(StartsWith("delivery      " + some_id.to_string() + "-1\n"),
                    HasSubstr("read as       greylist"),
                    HasSubstr("\n\n\ndelivery      " + some_id.to_string() + "-2\n"),
                    HasSubstr("  it is new\n")));
  EXPECT_THAT(second.out, StartsWith("delivery      " + some_id.to_string() + "-2\n"));
}

TEST_F(QueueCommandsTest, ExplainFindsNothingOnEitherWay) {
  write_store(a_message(some_id).to("a@d.example").build());

  const auto from_store = greyhound({"queue", "explain", some_id.to_string() + "-7"});
  start_agent();
  accept(a_message(some_id).to("a@d.example").build());
  const auto from_agent = greyhound({"queue", "explain", some_id.to_string() + "-7"});

  EXPECT_EQ(from_store.code, exit_problems_found);
  EXPECT_EQ(from_agent.code, exit_problems_found);
  EXPECT_THAT(from_store.err, HasSubstr("no such open delivery"));
  EXPECT_THAT(from_agent.err, HasSubstr("no such open delivery"));
}

TEST_F(QueueCommandsTest, NoticePrintsTheSameReportWithAndWithoutAnAgent) {
  const auto mail = a_message(some_id).to("a@d.example").greylisted_until(8min).build();
  write_store(mail);
  const auto without_date = [](const std::string& report) {
    const auto at = report.find("\r\nDate: ");
    return report.substr(0, at) + report.substr(report.find("\r\nMessage-ID: ", at));
  };

  const auto from_store = greyhound({"queue", "notice", some_id.to_string()});
  start_agent();
  accept(mail);
  const auto from_agent = greyhound({"queue", "notice", some_id.to_string()});

  EXPECT_EQ(from_store.code, exit_done) << from_store.err;
  EXPECT_EQ(from_agent.code, exit_done) << from_agent.err;
  EXPECT_EQ(without_date(from_store.out), without_date(from_agent.out));
  EXPECT_THAT(from_agent.out,
              AllOf(HasSubstr("Subject: Delayed: your message to a@d.example\r\n"),
                    HasSubstr("Action: delayed\r\n"),
                    HasSubstr("Subject: hello\r\n")));
  EXPECT_EQ(messages().size(), 1U);
}

TEST_F(QueueCommandsTest, NoticeOfAFailureIsWhatWouldBeSaidIfItFailedNow) {
  start_agent();
  accept(a_message(some_id).to("a@d.example").build());

  const auto failure = greyhound({"queue", "notice", "--kind", "failure", some_id.to_string()});
  const auto delay = greyhound({"queue", "notice", some_id.to_string()});
  const auto unknown = greyhound({"queue", "notice", "--kind", "success", some_id.to_string()});
  const auto nothing = greyhound({"queue", "notice", "7ZZZZ"});

  EXPECT_THAT(failure.out, HasSubstr("Action: failed\r\nStatus: 5.4.7\r\n"));
  EXPECT_EQ(delay.code, exit_problems_found);
  EXPECT_THAT(delay.err, HasSubstr("nothing of it was tried and put off"));
  EXPECT_EQ(unknown.code, exit_wrong_usage);
  EXPECT_EQ(nothing.code, exit_problems_found);
  EXPECT_THAT(nothing.err, HasSubstr("7ZZZZ"));
}

TEST_F(QueueCommandsTest, RetryMakesDeliveriesDueNow) {
  const auto far_away = runtime::SystemClock().wall() + 24h;
  auto mail = a_message(some_id).to("a@d.example").build();
  mail.deliveries[0].due = far_away;
  start_agent();
  accept(mail);

  const auto tried = greyhound({"queue", "retry", "--dry-run", some_id.to_string()});
  const auto due_after_dry_run = messages()[0].deliveries[0].due;
  const auto done = greyhound({"queue", "retry", some_id.to_string()});
  const auto due_after = messages()[0].deliveries[0].due;

  EXPECT_EQ(tried.code, exit_done);
  EXPECT_THAT(tried.out, HasSubstr("would be due now, was due "));
  EXPECT_EQ(due_after_dry_run, far_away);
  EXPECT_EQ(done.code, exit_done);
  EXPECT_THAT(done.out, HasSubstr(some_id.to_string() + "-1  d.example  due now, was due "));
  EXPECT_LE(due_after, runtime::SystemClock().wall());
}

TEST_F(QueueCommandsTest, RetryTellsWhichIdsNamedNothing) {
  start_agent();
  accept(a_message(some_id).to("a@d.example").held().build());

  const auto ended = greyhound({"queue", "retry", "7ZZZZ", some_id.to_string()});

  EXPECT_EQ(ended.code, exit_problems_found);
  EXPECT_THAT(ended.err, HasSubstr("7ZZZZ"));
  EXPECT_THAT(ended.out, HasSubstr("left alone: held"));
}

TEST_F(QueueCommandsTest, RetryNeedsTheAgent) {
  const auto ended = greyhound({"queue", "retry", some_id.to_string()});

  EXPECT_EQ(ended.code, exit_agent_unreachable);
  EXPECT_THAT(ended.err, HasSubstr("the agent must run for this"));
}

}  // namespace
}  // namespace greyhound::cli
