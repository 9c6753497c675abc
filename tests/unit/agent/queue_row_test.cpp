#include "agent/queue_row.hpp"

#include <gtest/gtest.h>

#include "unit/agent/queue_builders.hpp"

namespace greyhound::agent {
namespace {

using namespace std::chrono_literals;
using world::a_message;
using world::noon;

QueueRow row_of(const world::MessageBuilder& builder, bool is_active = false) {
  const auto mail = builder.loaded();
  return queue_row({mail.message.arrived, mail.deliveries[0]}, is_active);
}

std::optional<QueueRow> written_and_read(const QueueRow& row) {
  std::string line;
  append_line(line, row);
  EXPECT_EQ(line.back(), '\n');
  line.pop_back();
  EXPECT_EQ(line.find('\n'), std::string::npos);
  return parse_queue_row(line);
}

TEST(QueueRow, TellsWhatAnOpenRecipientHeardLast) {
  const auto row = row_of(a_message().to("a@d.example").greylisted_until(3min));

  EXPECT_EQ(row.state, "waiting");
  EXPECT_EQ(row.attempts, 2U);
  EXPECT_EQ(row.next, noon + 3min);
  EXPECT_EQ(row.arrived, noon - 12min);
  EXPECT_EQ(row.domain, "d.example");
  EXPECT_EQ(row.why, "451 4.7.1 Greylisted, come back in 5 minutes");
}

TEST(QueueRow, IsReadAsItWasWritten) {
  const auto row = row_of(a_message().to("a@d.example").greylisted_until(3min), true);

  const auto read = written_and_read(row);

  ASSERT_TRUE(read);
  EXPECT_EQ(read->delivery, row.delivery);
  EXPECT_EQ(read->state, "active");
  EXPECT_EQ(read->arrived, row.arrived);
  EXPECT_EQ(read->attempts, row.attempts);
  EXPECT_EQ(read->next, row.next);
  EXPECT_EQ(read->domain, row.domain);
  EXPECT_EQ(read->why, row.why);
}

TEST(QueueRow, StaysOneLineOfSevenFieldsWhateverTheServerSaid) {
  auto row = row_of(a_message().to("a@d.example"));
  row.why = "one\ttwo\nthree\r\x1b[2J";

  const auto read = written_and_read(row);

  ASSERT_TRUE(read);
  EXPECT_EQ(read->why, "one two three  [2J");
}

TEST(QueueRow, IsNotReadFromAnythingElse) {
  for (const auto* line : {"",
                           "x",
                           "a\tb\t1\t2\t3\tc",
                           "a\tb\t1\t2\t3\tc\td\te",
                           "a\tb\tx\t2\t3\tc\td",
                           "a\tb\t1\t-2\t3\tc\td",
                           "a\tb\t1\t2\t\tc\td"}) {
    EXPECT_FALSE(parse_queue_row(line)) << line;
  }
}

}  // namespace
}  // namespace greyhound::agent
