#include "cli/ledger_reader.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "agent/records_view.hpp"
#include "unit/scheduler/builders.hpp"

namespace greyhound::cli {
namespace {

using namespace std::chrono_literals;
using scheduler::noon;
using testing::HasSubstr;

queue::LedgerLine some_line() {
  queue::LedgerLine line{.position = {noon, {scheduler::some_id, 2}}, .started = noon - 3s};
  line.domain = "d.example";
  line.site = line.host = "mx.d.example";
  line.source = "192.0.2.7";
  line.stage = mail::Stage::rcpt;
  line.counts.deferred = 2;
  line.reply = "451 4.7.1 Greylisted";
  line.attempts = 3;
  line.due = noon + 5min;
  return line;
}

std::string problem_of(const std::string& text) {
  scheduler::History history(config::shipped_reply_rules());
  std::istringstream in(text);
  const auto problems = read_ledger(in, "ledger.json", history);
  return problems.empty() ? "" : problems.front().to_string();
}

TEST(LedgerReader, ReadsWhatTheLedgerPrints) {
  const auto line = some_line();
  std::string why;

  const auto read = parse_ledger_line(agent::to_line(agent::ledger_view(line)), why);

  ASSERT_TRUE(read.has_value()) << why;
  EXPECT_EQ(read->position, line.position);
  EXPECT_EQ(read->started, line.started);
  EXPECT_EQ(read->domain, line.domain);
  EXPECT_EQ(read->site, line.site);
  EXPECT_EQ(read->host, line.host);
  EXPECT_EQ(read->source, line.source);
  EXPECT_EQ(read->stage, line.stage);
  EXPECT_EQ(read->counts, line.counts);
  EXPECT_EQ(read->reply, line.reply);
  EXPECT_EQ(read->attempts, line.attempts);
  EXPECT_EQ(read->due, line.due);
  EXPECT_TRUE(read->is_counted);
}

TEST(LedgerReader, ReadsEveryStepOfTheDialogue) {
  for (int i = 1; i <= 11; ++i) {
    auto line = some_line();
    line.stage = static_cast<mail::Stage>(i);
    std::string why;

    const auto read = parse_ledger_line(agent::to_line(agent::ledger_view(line)), why);

    ASSERT_TRUE(read.has_value()) << why;
    EXPECT_EQ(mail::to_string(read->stage), mail::to_string(line.stage));
  }
}

TEST(LedgerReader, NamesTheFirstLineThatItCannotUse) {
  const auto good = agent::to_line(agent::ledger_view(some_line())) + "\n";

  EXPECT_EQ(problem_of(good + "\n" + good), "");
  EXPECT_EQ(problem_of(""), "");
  EXPECT_THAT(problem_of(good + good + "mailq\n"),
              HasSubstr("ledger.json:3: error: is not a JSON"));
  EXPECT_THAT(problem_of(good + "[]"), HasSubstr(":2: error: is not a JSON object"));
  EXPECT_THAT(problem_of(good + good.substr(0, 100)), HasSubstr(":2: error: is not a JSON object"));
  EXPECT_THAT(problem_of("{}\n"), HasSubstr(":1: error: \"delivery\" must be"));
  EXPECT_THAT(problem_of(std::string(max_line_bytes + 1, ' ')), HasSubstr("is longer than 65536"));
}

TEST(LedgerReader, TellsWhichKeyIsWrong) {
  const auto with = [](const char* key, const nlohmann::ordered_json& value) {
    auto line = agent::ledger_view(some_line());
    line[key] = value;
    return problem_of(agent::to_line(line));
  };

  EXPECT_THAT(with("at", "noon"), HasSubstr("\"at\" must be an instant"));
  EXPECT_THAT(with("started", nullptr), HasSubstr("\"started\" must be an instant"));
  EXPECT_THAT(with("next", 5), HasSubstr("\"next\" must be"));
  EXPECT_THAT(with("attempts", -1), HasSubstr("\"attempts\" must be a whole number"));
  EXPECT_THAT(with("deferred", 70'000), HasSubstr("\"deferred\" must be a whole number"));
  EXPECT_THAT(with("counted", "yes"), HasSubstr("\"counted\" must be true or false"));
  EXPECT_THAT(with("stage", "hello"), HasSubstr("\"stage\" must be a step"));
  EXPECT_EQ(with("site", nullptr), "");
  EXPECT_EQ(with("of_a_later_version", 1), "");
}

}  // namespace
}  // namespace greyhound::cli
