#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"
#include "config/loader.hpp"
#include "queue/rocks_database.hpp"
#include "queue/rocks_store.hpp"
#include "unit/cli/command_world.hpp"

namespace greyhound::cli {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using world::a_message;
using world::noon;

const auto some_id = queue::MessageId::first_at(noon - 1h);
const auto other_id = queue::MessageId::first_at(noon - 30min);

class DbCommandsTest : public CommandTest {
 protected:
  std::filesystem::path queue_folder() const { return folder_ / "state" / "queue"; }
  std::filesystem::path backup() const { return folder_ / "backup"; }

  queue::QueueSettings queue_settings() const {
    return {.folder = queue_folder(), .memory_bytes = 16 << 20, .reserve_disk_bytes = 1 << 20};
  }

  std::unique_ptr<queue::Store> open_store() {
    std::filesystem::create_directories(queue_folder());
    auto store =
        queue::open_rocks_store(queue_settings(), queue::OpenMode::read_write, clock_, log_);
    EXPECT_TRUE(store) << store.error().what;
    return std::move(*store);
  }

  // What a stopped agent left behind.
  void write_store(queue::NewMessage message) {
    auto store = open_store();
    loop_.run(put(store.get(), std::move(message)));
  }

  void damage() {
    auto database = queue::RocksDatabase::open(queue_settings(), queue::OpenMode::read_write);
    ASSERT_TRUE(database);
    queue::RocksBatch batch(**database);
    batch.put(queue::Family::deliveries, queue::delivery_key({some_id, 1}), "no record");
    ASSERT_TRUE((*database)->write(batch, queue::Durability::synced));
  }

  static Awaitable<> put(queue::Store* store, queue::NewMessage message) {
    EXPECT_TRUE((co_await store->accept(std::move(message))).has_value());
  }

  runtime::SystemClock clock_;
  SilentLog log_;
  LoopThread loop_;
};

// An agent whose store is on disk, for as long as it stands.
class AgentOnDisk {
 public:
  AgentOnDisk(LoopThread& loop,
              queue::Store& store,
              const std::filesystem::path& socket,
              runtime::SystemClock& clock,
              EventLog& log)
      : loop_(loop),
        trace_(clock),
        server_(loop.executor(),
                socket,
                {.store = store,
                 .clock = clock,
                 .log = log,
                 .trace = trace_,
                 .policies = {settings_.retry, settings_.notification}}) {
    loop_.run(start());
  }
  AgentOnDisk(const AgentOnDisk&) = delete;
  AgentOnDisk& operator=(const AgentOnDisk&) = delete;
  ~AgentOnDisk() { loop_.run(server_.stop()); }

 private:
  Awaitable<> start() {
    EXPECT_TRUE(server_.start().has_value());
    co_return;
  }
  const config::Settings settings_ = config::defaults();
  LoopThread& loop_;
  agent::TraceHub trace_;
  agent::ControlServer server_;
};

TEST_F(DbCommandsTest, CheckCountsWhatIsThereAndExitsZero) {
  write_store(a_message(some_id).to("a@d.example").to("b@e.example").build());

  const auto ended = greyhound({"db", "check"});

  EXPECT_EQ(ended.code, exit_done);
  EXPECT_THAT(ended.out,
              AllOf(HasSubstr(queue_folder().string() + ", schema 3\n"),
                    HasSubstr("1 message, 26 bytes of content\n"),
                    HasSubstr("deliveries: 2 new, 0 waiting, 0 in doubt, 0 held, "
                              "0 undeliverable; 0 in quarantine\n"),
                    HasSubstr("no problem found\n")));
  EXPECT_EQ(ended.err, "");
}

TEST_F(DbCommandsTest, CheckNamesProblemsAndTheWayOut) {
  write_store(a_message(some_id).to("a@d.example").build());
  damage();

  const auto ended = greyhound({"db", "check"});
  const auto as_json = Json::parse(greyhound({"db", "check", "--json"}).out);

  EXPECT_EQ(ended.code, exit_problems_found);
  EXPECT_THAT(ended.out,
              AllOf(HasSubstr("delivery_unreadable  " + some_id.to_string() + "-1  "),
                    HasSubstr("4 problems found\n")));
  EXPECT_THAT(ended.err, HasSubstr("greyhound db check --repair"));
  EXPECT_EQ(as_json["clean"], false);
  EXPECT_EQ(as_json["problems"]["delivery_unreadable"], 1);
  EXPECT_EQ(as_json["examples"][0]["subject"], some_id.to_string() + "-1");
  EXPECT_EQ(as_json["entries"]["deliveries"], 1);
}

TEST_F(DbCommandsTest, RepairPutsAsideAndTheListShowsIt) {
  write_store(a_message(some_id).to("a@d.example").build());
  write_store(a_message(other_id).to("a@d.example").build());
  damage();

  const auto repaired = greyhound({"db", "check", "--repair"});
  const auto checked = greyhound({"db", "check"});
  const auto listed = greyhound({"queue", "list", "--state", "quarantined"});
  const auto open = greyhound({"queue", "list", "--state", "new", "--json"});

  EXPECT_EQ(repaired.code, exit_problems_found);
  EXPECT_THAT(repaired.out, HasSubstr("a copy of the folder as it was is in "));
  EXPECT_EQ(checked.code, exit_done) << checked.out;
  EXPECT_THAT(checked.out, HasSubstr("1 in quarantine"));
  EXPECT_THAT(listed.out, HasSubstr(some_id.to_string() + "-1"));
  EXPECT_EQ(Json::parse(open.out)["message"], other_id.to_string());
}

TEST_F(DbCommandsTest, CheckWorksNextToTheAgentAndRepairDoesNot) {
  auto store = open_store();
  const AgentOnDisk agent(loop_, *store, control_socket(), clock_, log_);
  loop_.run(put(store.get(), a_message(some_id).to("a@d.example").build()));

  const auto checked = greyhound({"db", "check"});
  const auto repaired = greyhound({"db", "check", "--repair"});

  EXPECT_EQ(checked.code, exit_done) << checked.out << checked.err;
  EXPECT_EQ(repaired.code, exit_agent_unreachable);
  EXPECT_THAT(repaired.err, HasSubstr("stop the agent first"));
}

TEST_F(DbCommandsTest, NeedsAQueue) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"db", "check"}, {"db", "check", "--repair"}, {"db", "backup", backup().string()}}) {
    const auto ended = greyhound(words);

    EXPECT_EQ(ended.code, exit_io_error);
    EXPECT_THAT(ended.err, HasSubstr("there is no queue in " + queue_folder().string()));
  }
  EXPECT_FALSE(std::filesystem::exists(queue_folder()));
}

TEST_F(DbCommandsTest, BacksUpThroughTheRunningAgentAndRestoresIt) {
  {
    auto store = open_store();
    const AgentOnDisk agent(loop_, *store, control_socket(), clock_, log_);
    loop_.run(put(store.get(), a_message(some_id).to("a@d.example").build()));

    const auto made = greyhound({"db", "backup", backup().string()});
    const auto again = greyhound({"db", "backup", backup().string()});
    const auto under = greyhound({"db", "restore", backup().string(), "--replace"});

    EXPECT_EQ(made.code, exit_done) << made.err;
    EXPECT_EQ(made.out, "backup in " + backup().string() + ", schema 3\n");
    EXPECT_EQ(again.code, exit_io_error);
    EXPECT_THAT(again.err, HasSubstr("is there already"));
    EXPECT_EQ(under.code, exit_agent_unreachable);
    EXPECT_THAT(under.err, HasSubstr("stop the agent first"));
  }
  std::filesystem::remove_all(queue_folder());

  const auto restored = greyhound({"db", "restore", backup().string()});

  EXPECT_EQ(restored.code, exit_done) << restored.err;
  EXPECT_THAT(restored.err, HasSubstr("will be sent again"));
  EXPECT_THAT(greyhound({"queue", "list"}).out, HasSubstr(some_id.to_string() + "-1"));
}

TEST_F(DbCommandsTest, BacksUpAStoppedQueueAndReplacesMailOnlyIfAsked) {
  write_store(a_message(some_id).to("a@d.example").build());
  const auto made = greyhound({"db", "backup", backup().string() + "/"});
  write_store(a_message(other_id).to("a@d.example").build());

  const auto refused = greyhound({"db", "restore", backup().string()});
  const auto replaced = greyhound({"db", "restore", backup().string(), "--replace"});

  EXPECT_EQ(made.code, exit_done) << made.err;
  EXPECT_EQ(refused.code, exit_problems_found);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("there is mail in"), HasSubstr("--replace")));
  EXPECT_EQ(replaced.code, exit_done);
  EXPECT_THAT(replaced.out, HasSubstr("what was there is in " + queue_folder().string()));
  const auto listed = greyhound({"queue", "list"}).out;
  EXPECT_THAT(listed, AllOf(HasSubstr(some_id.to_string()), Not(HasSubstr(other_id.to_string()))));
}

TEST_F(DbCommandsTest, DoesNotRestoreADamagedBackup) {
  write_store(a_message(some_id).to("a@d.example").build());
  damage();
  ASSERT_EQ(greyhound({"db", "backup", backup().string()}).code, exit_done);

  const auto ended = greyhound({"db", "restore", backup().string(), "--replace"});

  EXPECT_EQ(ended.code, exit_problems_found);
  EXPECT_THAT(ended.out, HasSubstr("delivery_unreadable"));
  EXPECT_THAT(ended.err, HasSubstr("the backup is damaged; nothing was changed"));
}

}  // namespace
}  // namespace greyhound::cli
