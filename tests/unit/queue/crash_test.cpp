// What a kill between any two batches leaves: this program starts itself again, the second process
// accepts mail and says so through a pipe, until it is killed.
#include <array>
#include <set>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/queue/queue_fixture.hpp"

extern char** environ;

namespace greyhound::queue {
namespace {

constexpr const char* folder_variable = "GREYHOUND_TEST_CRASH_FOLDER";
constexpr int report_descriptor = 3;

QueueSettings settings_in(const std::filesystem::path& folder) {
  QueueSettings settings;
  settings.folder = folder;
  settings.memory_bytes = 32 << 20;
  settings.reserve_disk_bytes = 0;
  return settings;
}

// The process that is killed. Each message comes in two pieces, every second one is settled once;
// the second delivery of each is said to be on its way, before anything is promised.
Result<> accept_for_ever(const std::filesystem::path& folder) {
  world::FakeClock clock;
  SilentLog log;
  auto store = open_rocks_store(settings_in(folder), OpenMode::read_write, clock, log);
  if (!store) return store.error();
  for (int i = 0;; ++i) {
    auto message = a_message((*store)->new_id(), {"a.example", "b.example"}, noon + i * 1us);
    const auto id = message.message.id;
    if (auto added = run((*store)->add_chunk(id, 0, std::string(3000, 'x'))); !added) return added;
    if (auto added = run((*store)->add_chunk(id, 1, "end")); !added) return added;
    message.body.clear();
    message.message.chunks = 2;
    if (auto accepted = run((*store)->accept(message)); !accepted) return accepted;
    const DotMark mark{.id = {id, 2}, .sent = {noon, {0}}};
    if (auto marked = run((*store)->mark_dot_sent(mark)); !marked) return marked;
    const auto value = id.value();
    if (::write(report_descriptor, &value, sizeof value) != sizeof value) {
      return Error{Fault::closed, "the test is gone"};
    }
    if (i % 2 == 0) continue;
    Settlement settlement{.after = closed(message.deliveries[0])};
    if (auto settled = run((*store)->settle(settlement)); !settled) return settled.error();
  }
}

class Child {
 public:
  explicit Child(const std::filesystem::path& folder) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return;
    report_ = ends[0];
    const auto variable = std::string(folder_variable) + "=" + folder.string();
    std::vector<char*> environment{const_cast<char*>(variable.c_str())};
    for (char** one = environ; *one != nullptr; ++one)
      environment.push_back(*one);
    environment.push_back(nullptr);
    std::string program = "/proc/self/exe";
    std::string filter = "--gtest_filter=CrashChild.*";
    std::array<char*, 3> arguments{program.data(), filter.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], report_descriptor);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawn(
            &pid_, program.c_str(), &actions, nullptr, arguments.data(), environment.data()) != 0) {
      pid_ = -1;
    }
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    kill_and_reap();
    ::close(report_);
  }

  // The next id that the child has a promise for; nullopt: it has ended.
  std::optional<MessageId> next_accepted() {
    std::uint64_t value = 0;
    if (::read(report_, &value, sizeof value) != sizeof value) return std::nullopt;
    return MessageId(value);
  }

  // How it ended, as waitpid() says it; 0 if there was no child.
  int kill_and_reap() {
    int status = 0;
    if (pid_ <= 0) return status;
    kill(pid_, SIGKILL);
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }

 private:
  int report_ = -1;
  pid_t pid_ = -1;
};

// In the second process this is what runs until the end; in the first it looks whether that works.
TEST(CrashChild, WorksUntilItIsKilled) {
  if (const char* folder = getenv(folder_variable)) {
    const auto ended = accept_for_ever(folder);
    FAIL() << ended.error().what;
  }
  const world::TempFolder folder;
  Child child(folder.path() / "queue");

  const auto accepted = child.next_accepted();
  const auto status = child.kill_and_reap();

  EXPECT_TRUE(accepted);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

class CrashTest : public QueueTest {};

TEST_F(CrashTest, LosesNothingThatWasAcceptedHoweverOftenItIsKilled_Line48) {
  store_.reset();
  std::set<MessageId> accepted;

  for (const int promises : {1, 7, 60}) {
    Child child(settings_.folder);
    for (int i = 0; i < promises; ++i) {
      const auto id = child.next_accepted();
      ASSERT_TRUE(id) << "the child ended by itself";
      EXPECT_TRUE(accepted.insert(*id).second) << "an id was given twice";
    }
    child.kill_and_reap();
    while (const auto id = child.next_accepted())
      accepted.insert(*id);
  }
  open();

  for (const auto id : accepted) {
    const auto message = run(store_->load_message(id));
    ASSERT_TRUE(message) << id.to_string();
    ASSERT_EQ(message->deliveries.size(), message->message.open_deliveries);
    EXPECT_EQ(run(store_->chunk(id, 0))->size(), 3000U);
    EXPECT_EQ(*run(store_->chunk(id, 1)), "end");
    EXPECT_TRUE(message->deliveries.back().dot_sent) << id.to_string();
  }
}

TEST_F(CrashTest, LeavesNoDueEntryWithoutItsDelivery) {
  store_.reset();
  {
    Child child(settings_.folder);
    for (int i = 0; i < 40; ++i)
      ASSERT_TRUE(child.next_accepted());
    child.kill_and_reap();
  }
  open();

  const auto page = run(store_->list(std::nullopt, 10'000));
  const auto entries = due();

  ASSERT_TRUE(page);
  EXPECT_EQ(entries.size(), page->deliveries.size());
  for (const auto& entry : entries)
    EXPECT_EQ(loaded(entry.position.id).due, entry.position.due);
}

}  // namespace
}  // namespace greyhound::queue
