// TaskGroup, WakeSignal and Clock::within in virtual time.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/event_log.hpp"
#include "runtime/task_group.hpp"
#include "runtime/wake_signal.hpp"
#include "world/virtual_time.hpp"

namespace greyhound::runtime {
namespace {

using namespace std::chrono_literals;

constexpr Instant noon{std::chrono::hours(20'000 * 24 + 12)};

Awaitable<> note_after(Clock& clock, Duration wait, std::vector<std::string>* notes) {
  co_await clock.sleep(wait);
  notes->push_back("slept");
}

struct NotesItsEnd {
  std::vector<std::string>* notes;
  ~NotesItsEnd() { notes->push_back("unwound"); }
};

Awaitable<> sleep_for_ever(Clock& clock, std::vector<std::string>* notes) {
  NotesItsEnd end{notes};
  co_await clock.sleep(1000h);
  notes->push_back("woke");
}

Awaitable<> join(TaskGroup& group, std::vector<std::string>* notes) {
  co_await group.join();
  notes->push_back("joined");
}

TEST(TaskGroup, JoinsOnlyWhenTheLastTaskHasEnded) {
  world::VirtualTime time(noon);
  TaskGroup group(time.loop());
  TaskGroup observer(time.loop());
  std::vector<std::string> notes;

  group.spawn("short", note_after(time, 1s, &notes));
  group.spawn("long", note_after(time, 5s, &notes));
  observer.spawn("join", join(group, &notes));
  time.run_for(10s);

  EXPECT_EQ(notes, (std::vector<std::string>{"slept", "slept", "joined"}));
}

TEST(TaskGroup, CancelUnwindsEveryTaskAndStartsNoMore) {
  world::VirtualTime time(noon);
  TaskGroup group(time.loop());
  std::vector<std::string> notes;
  group.spawn("first", sleep_for_ever(time, &notes));
  group.spawn("second", sleep_for_ever(time, &notes));
  time.run_for(1s);

  group.cancel();
  group.spawn("third", sleep_for_ever(time, &notes));
  time.run_for(1s);

  EXPECT_EQ(group.size(), 0U);
  EXPECT_EQ(notes, (std::vector<std::string>{"unwound", "unwound"}));
}

Awaitable<Result<int>> answer_after(Clock& clock, Duration wait, int value) {
  co_await clock.sleep(wait);
  co_return value;
}

Awaitable<> ask_within(Clock& clock,
                       Duration limit,
                       Duration wait,
                       std::vector<std::string>* notes) {
  const auto answer = co_await clock.within(limit, answer_after(clock, wait, 7));
  notes->push_back(answer ? std::to_string(*answer) : answer.error().what);
}

TEST(Clock, WithinGivesTheAnswerOrATimeout) {
  world::VirtualTime time(noon);
  TaskGroup group(time.loop());
  std::vector<std::string> notes;

  group.spawn("in time", ask_within(time, 5s, 4s, &notes));
  group.spawn("too late", ask_within(time, 5s, 6s, &notes));
  time.run_for(10s);

  EXPECT_EQ(notes, (std::vector<std::string>{"7", "no answer within 5s"}));
}

TEST(Clock, WithinUnwindsWhenItIsCancelledFromOutside) {
  world::VirtualTime time(noon);
  TaskGroup group(time.loop());
  std::vector<std::string> notes;
  group.spawn("asker", ask_within(time, 500h, 600h, &notes));
  time.run_for(1s);

  group.cancel();
  time.run_for(1s);

  EXPECT_EQ(group.size(), 0U);
  EXPECT_TRUE(notes.empty());
}

Awaitable<> wait_twice(WakeSignal& signal, Clock& clock, std::vector<std::string>* notes) {
  co_await signal.wait();
  notes->push_back("first");
  const auto before = clock.steady();
  co_await signal.wait_at_most(&clock, 3s);
  notes->push_back(clock.steady() - before == 3s ? "limit" : "woken");
}

TEST(WakeSignal, KeepsAWakeThatCameFirstAndGivesUpAtItsLimit) {
  world::VirtualTime time(noon);
  TaskGroup group(time.loop());
  WakeSignal signal(time.loop());
  std::vector<std::string> notes;

  signal.wake();
  signal.wake();
  group.spawn("waiter", wait_twice(signal, time, &notes));
  time.run_for(10s);

  EXPECT_EQ(notes, (std::vector<std::string>{"first", "limit"}));
}

TEST(WakeSignal, CancellationUnwindsAWaiter) {
  world::VirtualTime time(noon);
  TaskGroup group(time.loop());
  WakeSignal signal(time.loop());
  std::vector<std::string> notes;
  group.spawn("waiter", wait_twice(signal, time, &notes));
  time.run_for(1s);

  group.cancel();
  time.run_for(1s);

  EXPECT_EQ(group.size(), 0U);
  EXPECT_TRUE(notes.empty());
}

TEST(EventLog, QuotesWhatIsNotPlainAndEscapesControlCharacters) {
  EXPECT_EQ(quoted("plain@example.org"), "plain@example.org");
  EXPECT_EQ(quoted("two words"), "\"two words\"");
  EXPECT_EQ(quoted(""), "\"\"");
  EXPECT_EQ(quoted("a\x1b[31m\"\\\n"), "\"a\\x1b[31m\\\"\\\\\\n\"");
}

}  // namespace
}  // namespace greyhound::runtime
