// Random bytes in every place that a stranger can write to. The seed is fixed: a failure repeats.
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/dsn_composer.hpp"
#include "runtime/random.hpp"
#include "unit/notify/notice_builders.hpp"
#include "unit/notify/report_parser.hpp"

namespace greyhound::notify {
namespace {

using testing::a_reporter;
using ::testing::IsEmpty;
using testing::only;
using testing::parse_report;

// Bytes with a liking for those that mean something to a mail parser.
std::string hostile_text(Random& random, std::size_t most) {
  constexpr std::string_view favourites = "\r\n\r\n \t:;<>@\"\\=-_+.0A\x1b\x7f\xc3\xbc\xff";
  std::string text;
  for (auto left = random.below(most + 1); left > 0; --left) {
    const bool is_favourite = random.below(2) == 0;
    text += is_favourite ? favourites[random.below(favourites.size())]
                         : static_cast<char>(random.below(256));
  }
  return text;
}

NoticeFacts hostile_facts(Random& random) {
  auto facts = random.below(2) == 0 ? testing::a_delay() : testing::a_failure();
  constexpr std::array<const char*, 4> languages{"en", "de", "fr", "es"};
  facts.texts = {testing::words(languages[random.below(languages.size())])};
  if (random.below(2) == 0) facts.to = testing::address("zo\xc3\xa9@example.org");
  if (random.below(4) == 0) facts.kind = NoticeKind::bounce;
  facts.envelope_id = hostile_text(random, 200);
  facts.original_message_id = hostile_text(random, 60);
  facts.original_head = hostile_text(random, 3000);
  if (random.below(2) == 0) facts.original_whole = hostile_text(random, 3000);
  auto& about = facts.recipients.front();
  about.recipient.original = "rfc822;" + hostile_text(random, 200);
  about.host = hostile_text(random, 40);
  about.outcome.reason = hostile_text(random, 2000);
  about.outcome.reply.reset();
  if (random.below(4) == 0) return facts;
  mail::Reply reply{.code = 451, .status = about.outcome.status, .lines = {}};
  for (auto left = 1 + random.below(5); left > 0; --left) {
    reply.lines.push_back(hostile_text(random, 2000));
  }
  about.outcome.reply = std::move(reply);
  return facts;
}

TEST(HostileReport, StaysAWellFormedReportOfOneRecipient_Line94) {
  Random random(20260301);
  for (int round = 0; round < 300; ++round) {
    const auto facts = hostile_facts(random);

    const auto report = parse_report(compose(facts, a_reporter()));

    ASSERT_THAT(report.faults, IsEmpty()) << "round " << round;
    ASSERT_EQ(report.status_blocks.size(), 2U) << "round " << round;
    ASSERT_EQ(only(report.top.header, "To"), "<" + facts.to.text() + ">") << "round " << round;
    ASSERT_EQ(only(report.status_blocks[1], "Action"),
              facts.kind == NoticeKind::delay ? "delayed" : "failed");
    ASSERT_EQ(report.top.header.size(),
              only(report.top.header, "References") == "absent" ? 9U : 11U);
  }
}

}  // namespace
}  // namespace greyhound::notify
